import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "#src/handshake/index.js";
import { LimitError } from "#src/protocol/index.js";
import { NodeHttpRequest } from "#src/server/http-exchange.js";
import { RequestBody } from "#src/server/request-body.js";
import { complete, makeRequest } from "./http-parts.js";

function request(
  content: string | undefined,
  headers: Record<string, string> = {},
  method = "POST",
  url = "/a?b",
) {
  const message = makeRequest({ Host: "own.test", ...headers }, method, url);
  if (content !== undefined) {
    message.push(content);
    complete(message);
  }
  const body = new RequestBody(message);
  const target = { resourceName: url, path: url.split("?", 1)[0] };
  const response = { headersSent: false };
  const headersRead = HeaderMap.fromFlat(message.rawHeaders);
  const parts = { message, response, headers: headersRead, target, body, maxBodyBytes: 10 };
  return { given: new NodeHttpRequest(parts), body, message, response };
}

describe("a plain request", () => {
  test("says what it was told, and reads its body as bytes, text, JSON or as it comes", async () => {
    const { given } = request("[1]");
    assert.deepEqual([given.type, given.method, given.url, given.pathname], ["http", "POST", "/a?b", "/a"]);
    assert.deepEqual(
      [given.headers.get("host"), given.isSecure, given.remoteAddress],
      ["own.test", false, undefined],
    );
    assert.deepEqual(await given.json(), [1]);
    assert.equal(await request("ä").given.text(), "ä");
    assert.equal(Buffer.from(await request("abc").given.bytes()).toString(), "abc");
    for await (const chunk of request("longer than the limit").given.body) {
      assert.equal(Buffer.from(chunk).toString(), "longer than the limit");
    }
  });

  test("blames the client for a body that is too large, or no JSON", async () => {
    const large = request("01234567890");
    const error = await large.given.text().catch((reason) => reason);
    assert.ok(error instanceof LimitError);
    assert.equal(large.body.statusOf(error), 413);
    const malformed = request("{");
    const syntax = await malformed.given.json().catch((reason) => reason);
    assert.ok(syntax instanceof SyntaxError);
    assert.equal(malformed.body.statusOf(syntax), 400);
  });
});

describe("as a Request", () => {
  test("it has the same method, headers and path, on this host", async () => {
    const standard = request("hello", { "X-Ask": "please" }, "PUT", "//other.test/a?b").given.toStandard();
    assert.ok(standard instanceof Request);
    assert.equal(standard.url, "http://own.test/other.test/a?b");
    assert.deepEqual([standard.method, standard.headers.get("x-ask")], ["PUT", "please"]);
    assert.equal(await standard.text(), "hello");
  });

  test("it has no body with GET and HEAD", () => {
    for (const method of ["GET", "HEAD"]) {
      const standard = request("hello", {}, method).given.toStandard();
      assert.ok(standard instanceof Request);
      assert.equal(standard.body, null);
    }
  });

  test("its body is not touched before it is read, and is limited", async () => {
    const { given, body } = request("01234567890");
    const standard = given.toStandard();
    assert.ok(standard instanceof Request);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(body.isOpened, false);
    const error = await standard.arrayBuffer().catch((reason) => reason);
    assert.ok(error instanceof LimitError, String(error));
    assert.equal(body.statusOf(error), 413, "the same error comes out of what the standard wraps around it");
  });

  for (const [method, host, status] of [
    ["CONNECT", "own.test", 501],
    ["TRACE", "own.test", 501],
    ["track", "own.test", 501],
    ["GET", "256.256.256.256", 400],
    ["GET", "a%zz", 400],
    ["GET", "[1::2::3]", 400],
  ] as const) {
    test(`${method} of ${host} is none: ${status}`, () => {
      assert.equal(request("", { Host: host }, method).given.toStandard(), status);
    });
  }
});
