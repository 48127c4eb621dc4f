import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, HttpClient, type MessageRequest, type UnifiedAnswer } from "sluice";
import { nextMessage, startServer } from "../support/sluice-server.js";

describe("one function for everything", () => {
  test("answers messages and requests", async (t) => {
    const { url } = await startServer(t, (request) => {
      if (request.type === "websocket") {
        request.ws.send(`Echo: ${request.data}`);
        return undefined;
      }
      return { status: 200, body: "hi" };
    });
    const ws = await connect(url);
    ws.send("one");
    assert.equal(await nextMessage(ws), "Echo: one");
    await ws.close();
    const response = await new HttpClient().get(url.replace("ws:", "http:"));
    assert.equal(response.status, 200);
    assert.equal(response.text(), "hi");
  });

  test("a message comes with what its connection's request said", async (t) => {
    const seen: MessageRequest[] = [];
    const { url } = await startServer(t, (request) => {
      if (request.type === "websocket") seen.push(request);
      return "ok";
    });
    const ws = await connect(`${url}/path?query`, { headers: { "X-Test": "yes" } });
    ws.send(Uint8Array.of(1, 2));
    await nextMessage(ws);
    assert.equal(seen[0].url, "/path?query");
    assert.equal(seen[0].pathname, "/path");
    assert.equal(seen[0].headers.get("x-test"), "yes");
    assert.equal(seen[0].remoteAddress, "127.0.0.1");
    assert.equal(seen[0].isBinary, true);
    assert.deepEqual(seen[0].data, Uint8Array.of(1, 2));
    await ws.close();
  });

  test("an answer may be a thenable that is not a Promise", async (t) => {
    const { url } = await startServer(t, () => {
      // biome-ignore lint/suspicious/noThenProperty: the point of the test
      const answer = { then: (resolve: (text: string) => void) => resolve("later") };
      return answer as unknown as Promise<string>;
    });
    const ws = await connect(url);
    ws.send("now");
    assert.equal(await nextMessage(ws), "later");
    await ws.close();
  });

  for (const isAsync of [false, true]) {
    test(`${isAsync ? "a promise of " : ""}a string or bytes is sent; nothing sends nothing`, async (t) => {
      const answers: UnifiedAnswer[] = ["text", undefined, Uint8Array.of(7)];
      const { url } = await startServer(t, () => {
        const answer = answers.shift();
        return isAsync ? Promise.resolve(answer) : answer;
      });
      const ws = await connect(url);
      for (const message of ["a", "b", "c"]) ws.send(message);
      assert.equal(await nextMessage(ws), "text");
      assert.deepEqual(await nextMessage(ws), Uint8Array.of(7));
      await ws.close();
    });
  }

  test("a string, bytes, a Response or nothing answer plain HTTP", async (t) => {
    const answers: Record<string, UnifiedAnswer> = {
      "/string": "text",
      "/bytes": Uint8Array.of(0x62),
      "/response": new Response("standard", { status: 203 }),
    };
    const { url } = await startServer(t, (request) => {
      return request.type === "http" ? answers[request.pathname] : undefined;
    });
    const client = new HttpClient();
    const get = async (path: string): Promise<[number, string]> => {
      const { status, text } = await client.get(url.replace("ws:", "http:") + path);
      return [status, text()];
    };
    assert.deepEqual(await get("/string"), [200, "text"]);
    assert.deepEqual(await get("/bytes"), [200, "b"]);
    assert.deepEqual(await get("/response"), [203, "standard"]);
    assert.deepEqual(await get("/nothing"), [404, ""]);
  });

  test("an exception closes that connection with 1011 and no other", async (t) => {
    const { url, server } = await startServer(t, (request) => {
      if (request.type === "websocket" && request.data === "fail") throw new Error("secret");
      return "ok";
    });
    const [first, second] = [await connect(url), await connect(url)];
    first.send("fail");
    assert.deepEqual(await first.closed.then(({ code, reason }) => ({ code, reason })), {
      code: 1011,
      reason: "",
    });
    second.send("go on");
    assert.equal(await nextMessage(second), "ok");
    assert.equal(server.metrics().handlerErrors, 1);
    await second.close();
  });
});
