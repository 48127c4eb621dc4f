import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { StateError } from "#src/protocol/index.js";
import { refuse, sendAnswer } from "#src/server/http-answer.js";
import type { HttpResponse } from "#src/server/http-exchange.js";
import { makeRequest, makeResponse, settle } from "./http-parts.js";

async function sent(
  answer: HttpResponse | Response,
  method = "GET",
  beforeHead: (isWhole: boolean, response: { shouldKeepAlive: boolean }) => void = () => {},
): Promise<{ head: string[]; body: string }> {
  const { response, stream } = makeResponse(makeRequest({ Host: "x" }, method));
  await sendAnswer(answer, response, (isWhole) => beforeHead(isWhole, response));
  await settle();
  const end = stream.written.indexOf("\r\n\r\n");
  const ignored = /^(?:Connection: keep-alive|Keep-Alive: .*)$/;
  const head = stream.written.slice(0, end).split("\r\n");
  return { head: head.filter((line) => !ignored.test(line)), body: stream.written.slice(end + 4) };
}

describe("an answer", () => {
  test("has the status, headers and body that were given", async () => {
    assert.deepEqual(await sent({ status: 201, headers: { "X-A": ["1", "2"] }, body: "hello" }), {
      head: [
        "HTTP/1.1 201 Created",
        "X-A: 1",
        "X-A: 2",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Length: 5",
      ],
      body: "hello",
    });
  });

  test("keeps the type that its headers say", async () => {
    const { head } = await sent({ headers: { "content-type": "text/html" }, body: "<p>" });
    assert.deepEqual(head, ["HTTP/1.1 200 OK", "content-type: text/html", "Content-Length: 3"]);
  });

  test("of nothing has the length 0", async () => {
    assert.deepEqual(await sent({}), { head: ["HTTP/1.1 200 OK", "Content-Length: 0"], body: "" });
  });

  test("is refused when it says what nobody understands", async () => {
    for (const [answer, message] of [
      [{ statusCode: 404, body: "x" }, "statusCode is not an option of a response; use status"],
      [{ a: 1 }, "a is not an option of a response; it takes status, headers, body"],
      [{ status: "404" }, 'status "404" is not a final status from 200 to 599'],
      [[], "the options of a response are an array; they are given as an object"],
    ] as const) {
      await assert.rejects(sent(answer as never), { code: "INVALID_ARGUMENT", message });
    }
    assert.deepEqual((await sent({ status: 204, body: undefined, code: undefined } as object)).head, [
      "HTTP/1.1 204 No Content",
    ]);
  });

  test("can be a Response", async () => {
    const headers = new Headers([
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
    ]);
    const { head, body } = await sent(new Response(Uint8Array.of(104, 105), { headers }));
    assert.deepEqual(head, ["HTTP/1.1 200 OK", "set-cookie: a=1", "set-cookie: b=2", "Content-Length: 2"]);
    assert.equal(body, "hi");
  });

  test("is told before its head is written, and can end the connection then", async () => {
    const wholes: boolean[] = [];
    const close = (isWhole: boolean, response: { shouldKeepAlive: boolean }): void => {
      wholes.push(isWhole);
      response.shouldKeepAlive = false;
    };
    for (const answer of [{ body: "x" }, { status: 204 }, { body: ["x"] as never }]) {
      assert.ok((await sent(answer, "GET", close)).head.includes("Connection: close"));
    }
    const upgrade = { status: 426, headers: { Upgrade: "a", Connection: "Upgrade" } };
    assert.ok((await sent(upgrade, "GET", close)).head.includes("Connection: Upgrade, close"));
    assert.deepEqual(wholes, [true, true, true, true]);
  });

  test("leaves out what would say another end than there is", async () => {
    const headers = {
      "Transfer-Encoding": "chunked",
      "Keep-Alive": "x",
      Trailer: "y",
      Connection: "keep-alive",
    };
    assert.deepEqual(await sent({ headers, body: "hello" }), await sent({ body: "hello" }));
  });

  test("to HEAD has the head of an answer to GET", async () => {
    const answer = { status: 404, headers: { "X-A": "1" }, body: "hello" };
    assert.deepEqual((await sent(answer, "HEAD")).head, (await sent(answer)).head);
    assert.equal((await sent(answer, "HEAD")).body, "");
  });
});

describe("what cannot be sent", () => {
  for (const [what, answer] of [
    ["nothing", undefined],
    ["null", null],
    ["a text", "hello"],
    ["a number", 200],
    ["status 100", { status: 100 }],
    ["status 600", { status: 600 }],
    ["status 200.5", { status: 200.5 }],
    ["a status in text", { status: "200" }],
    ["a header with a line break", { headers: { "X-A": "a\r\nB: c" } }],
    ["a header that is no token", { headers: { "X A": "a" } }],
    ["headers that are none", { headers: 7 }],
    ["a body that is none", { body: 7 }],
    ["a length that is not the body's", { headers: { "Content-Length": 4 }, body: "hello" }],
    ["two lengths", { headers: { "Content-Length": ["5", "6"] }, body: "hello" }],
  ] as const) {
    test(`${what}: StateError, before anything is sent`, async () => {
      const { response, stream } = makeResponse();
      await assert.rejects(
        sendAnswer(answer as never, response, () => {}),
        StateError,
      );
      await settle();
      assert.equal(stream.written, "");
      assert.equal(response.headersSent, false);
      refuse(response, 500);
      await settle();
      assert.match(stream.written, /^HTTP\/1\.1 500 /);
      assert.doesNotMatch(stream.written, /X-A|Set-Cookie/i);
    });
  }

  test("ends a stream that was to be its body", async () => {
    let isCancelled = false;
    const body = new ReadableStream({
      cancel: () => {
        isCancelled = true;
      },
    });
    const { response } = makeResponse();
    await assert.rejects(
      sendAnswer({ status: 7, body }, response, () => {}),
      StateError,
    );
    assert.equal(isCancelled, true);
  });
});

test("a refusal says its status, and that it is the last", async () => {
  const { response, stream } = makeResponse();
  response.setHeader("X-Secret", "yes");
  refuse(response, 413);
  await settle();
  assert.match(stream.written, /^HTTP\/1\.1 413 .*Connection: close.*\r\n\r\nContent Too Large\n$/s);
  assert.doesNotMatch(stream.written, /Secret/);
});
