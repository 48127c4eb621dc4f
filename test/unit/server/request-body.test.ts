import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LimitError, StateError } from "#src/protocol/index.js";
import { RequestBody } from "#src/server/request-body.js";
import { TransportError } from "#src/transport/index.js";
import { complete, makeRequest, settle } from "./http-parts.js";

const text = (chunk: Uint8Array | undefined): string | undefined => chunk && Buffer.from(chunk).toString();

async function all(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let joined = "";
  for await (const chunk of chunks) joined += text(chunk);
  return joined;
}

describe("a request's body", () => {
  test("is read as it comes, by as many as ask", async () => {
    const message = makeRequest({ "Content-Length": "4" });
    const body = new RequestBody(message);
    assert.deepEqual([body.isOpened, body.isComplete, body.remainingBytes], [false, false, 4]);
    const reads = [body.read(), body.read(), body.read()];
    message.push("ab");
    await settle();
    assert.deepEqual([body.isOpened, body.remainingBytes], [true, 2]);
    message.push("cd");
    await settle();
    complete(message);
    assert.deepEqual((await Promise.all(reads)).map(text), ["ab", "cd", undefined]);
    assert.equal(body.isComplete, true);
    assert.equal(await body.read(), undefined, "and its end can be read again");
  });

  test("goes on where a loop over it was left", async () => {
    const message = makeRequest({ "Transfer-Encoding": "chunked" });
    const body = new RequestBody(message);
    message.push("ab");
    for await (const chunk of body) {
      assert.equal(text(chunk), "ab");
      break;
    }
    assert.equal(message.destroyed, false, "and the connection lives");
    message.push("cd");
    complete(message);
    assert.equal(await all(body), "cd");
    assert.equal(body.remainingBytes, undefined, "chunks do not say how many come");
  });

  test("is asked for when it is read first, once", async () => {
    const message = makeRequest({ "Content-Length": "2" });
    let asked = 0;
    const body = new RequestBody(message, () => asked++);
    assert.equal(body.isWithheld, true);
    const reads = [body.read(), body.read()];
    assert.deepEqual([asked, body.isWithheld], [1, false]);
    message.push("hi");
    complete(message);
    assert.equal(text(await reads[0]), "hi");
    assert.equal(await reads[1], undefined);
  });

  test("is not asked for when it is dropped", async () => {
    let asked = 0;
    const body = new RequestBody(makeRequest({ "Content-Length": "2" }), () => asked++);
    body.drop(() => {});
    await assert.rejects(body.read(), StateError);
    assert.equal(asked, 0);
  });
});

describe("a limited body", () => {
  test("may have exactly so many bytes", async () => {
    const message = makeRequest({ "Content-Length": "4" });
    message.push("abcd");
    complete(message);
    assert.equal(await all(new RequestBody(message).limitedTo(4)), "abcd");
  });

  test("that is announced to be larger is not even asked for", async () => {
    let asked = 0;
    const body = new RequestBody(makeRequest({ "Content-Length": "5" }), () => asked++);
    await assert.rejects(all(body.limitedTo(4)), (error) => {
      assert.ok(error instanceof LimitError);
      assert.deepEqual([error.code, error.limit, error.actual], ["BODY_TOO_LARGE", 4, 5]);
      assert.equal(body.statusOf(error), 413);
      return true;
    });
    assert.equal(asked, 0);
  });

  test("that turns out to be larger rejects, and stays readable", async () => {
    const message = makeRequest({ "Transfer-Encoding": "chunked" });
    const body = new RequestBody(message);
    message.push("abcde");
    await assert.rejects(all(body.limitedTo(4)), LimitError);
    assert.equal(message.destroyed, false);
    message.push("f");
    complete(message);
    assert.equal(await all(body), "f");
  });
});

describe("a body that breaks off", () => {
  test("rejects for whoever waits and whoever comes later, as the client's doing", async () => {
    const message = makeRequest({ "Content-Length": "4" });
    const body = new RequestBody(message);
    message.push("ab");
    assert.equal(text(await body.read()), "ab");
    const reading = body.read();
    message.destroy(Object.assign(new Error("aborted"), { code: "ECONNRESET" }));
    for (const read of [reading, body.read()]) {
      await assert.rejects(read, (error) => {
        assert.ok(error instanceof TransportError && error.code === "CONNECTION_RESET");
        assert.equal(body.statusOf(error), 400);
        return true;
      });
    }
  });

  test("before anybody asked rejects too", async () => {
    const message = makeRequest({ "Content-Length": "4" });
    message.destroy();
    await settle();
    await assert.rejects(new RequestBody(message).read(), TransportError);
  });

  test("by an error that the parser found", async () => {
    const body = new RequestBody(makeRequest({ "Transfer-Encoding": "chunked" }));
    const reading = body.read();
    body.fail(new Error("no chunk"), 400);
    await assert.rejects(reading, (error) => body.statusOf(error) === 400);
  });

  test("an error of somebody else's is not the client's", () => {
    assert.equal(new RequestBody(makeRequest()).statusOf(new Error("mine")), undefined);
  });
});

describe("a dropped body", () => {
  test("counts what still comes, says when it is over, and refuses whoever reads on", async () => {
    const message = makeRequest({ "Content-Length": "6" });
    const body = new RequestBody(message);
    message.push("a");
    await body.read();
    const reading = body.read();
    let dropped = 0;
    let ends = 0;
    body.drop(
      (byteLength) => {
        dropped += byteLength;
      },
      () => ends++,
    );
    await assert.rejects(reading, (error) => error instanceof StateError && error.code === "ALREADY_USED");
    message.push("bcd");
    await settle();
    assert.deepEqual([dropped, ends], [3, 0]);
    message.push("ef");
    complete(message);
    await settle();
    assert.equal(dropped, 5);
    assert.ok(ends > 0);
  });

  test("that was complete before says so at once", () => {
    const message = makeRequest({ "Content-Length": "2" });
    message.push("hi");
    complete(message);
    let ends = 0;
    new RequestBody(message).drop(
      () => {},
      () => ends++,
    );
    assert.equal(ends, 1);
  });

  test("is counted by whoever dropped it last", async () => {
    const message = makeRequest({ "Content-Length": "4" });
    const body = new RequestBody(message);
    const counts = [0, 0];
    for (const i of [0, 1]) {
      body.drop((byteLength) => {
        counts[i] += byteLength;
      });
      message.push("ab");
      await settle();
    }
    assert.deepEqual(counts, [2, 2]);
  });
});
