import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "sluice";
import { echo, startServer } from "../support/sluice-server.js";
import { answerTo } from "./upgrade-answer.js";

describe("the path option", () => {
  test("serves its path, with any query", async (t) => {
    const { url, port } = await startServer(t, echo, { path: "/chat" });
    assert.ok(url.endsWith("/chat"), "listen answers a URL that is served");
    await (await connect(url)).close();
    await (await connect(`ws://127.0.0.1:${port}/chat?token=1`)).close();
  });

  for (const target of ["/", "/chat/", "/chatter", "/Chat", "/chat/../chat", "//chat"]) {
    test(`answers 404 to ${target}`, async (t) => {
      const { response } = await answerTo(t, echo, { path: "/chat" }, target);
      assert.equal(response.status, 404);
    });
  }
});

describe("the protocols option", () => {
  test("the client's first choice that the server speaks is agreed to", async (t) => {
    const { url } = await startServer(t, echo, { protocols: ["x", "b", "c"] });
    const ws = await connect(url, { protocols: ["a", "c", "b"] });
    assert.ok(["b", "c"].includes(ws.protocol));
    await ws.close();
  });

  test("nothing in common: no subprotocol, and the connection opens", async (t) => {
    const { url } = await startServer(t, echo, { protocols: ["x"] });
    const ws = await connect(url, { protocols: ["a"] });
    assert.equal(ws.protocol, "");
    await ws.close();
  });

  test("the hook's choice comes before the option's", async (t) => {
    const { url } = await startServer(t, { upgrade: () => ({ protocol: "b" }) }, { protocols: ["a"] });
    const ws = await connect(url, { protocols: ["a", "b"] });
    assert.equal(ws.protocol, "b");
    await ws.close();
  });

  test("the hook can choose none", async (t) => {
    const { url } = await startServer(t, { upgrade: () => ({ protocol: "" }) }, { protocols: ["a"] });
    const ws = await connect(url, { protocols: ["a"] });
    assert.equal(ws.protocol, "");
    await ws.close();
  });
});
