import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { StateError } from "#src/protocol/index.js";
import { answerBodyOf, type BodySource, checkChunk, checkLength } from "#src/server/answer-body.js";

function sourceOf(body: unknown): BodySource {
  const { content } = answerBodyOf(body);
  assert.ok(typeof content === "object" && "next" in content);
  return content;
}

async function chunksOf(body: unknown): Promise<string> {
  const source = sourceOf(body);
  let text = "";
  for (let step = await source.next(); !step.done; step = await source.next())
    text += Buffer.from(checkChunk(step.value)).toString();
  return text;
}

describe("the body of an answer", () => {
  test("is whole where it is at hand, with its length and type", () => {
    assert.deepEqual(answerBodyOf(null), { type: undefined, byteLength: 0, content: "" });
    assert.deepEqual(answerBodyOf(undefined), { type: undefined, byteLength: 0, content: "" });
    assert.deepEqual(answerBodyOf("ä"), { type: "text/plain; charset=utf-8", byteLength: 2, content: "ä" });
    const bytes = Uint8Array.of(1, 2, 3);
    assert.deepEqual(answerBodyOf(bytes), { type: undefined, byteLength: 3, content: bytes });
  });

  test("of a Blob has length and type, and is read when it is asked for", async () => {
    const blob = new Blob(["blob"], { type: "text/x-blob" });
    const { type, byteLength } = answerBodyOf(blob);
    assert.deepEqual([type, byteLength], ["text/x-blob", 4]);
    assert.equal(answerBodyOf(new Blob(["x"])).type, undefined);
    assert.equal(await chunksOf(blob), "blob");
  });

  for (const [what, body] of [
    ["a web stream", () => new Blob(["a", "b"]).stream()],
    ["a stream of Node's", () => Readable.from(["a", "b"])],
    ["a list", () => ["a", Buffer.from("b")]],
    [
      "an async generator",
      async function* () {
        yield "a";
        yield "b";
      },
    ],
  ] as const) {
    test(`can be ${what}`, async () => assert.equal(await chunksOf(body()), "ab"));
  }

  for (const body of [7, true, {}, Symbol("x"), () => "x", 7n]) {
    test(`cannot be a ${typeof body}`, () => {
      assert.throws(() => answerBodyOf(body), StateError);
      assert.throws(() => checkChunk(body), StateError);
    });
  }
});

describe("cancelling", () => {
  test("reaches a stream while a read waits, and before the first one", async () => {
    for (const isReading of [true, false]) {
      const reasons: unknown[] = [];
      const source = sourceOf(new ReadableStream({ cancel: (reason) => void reasons.push(reason) }));
      const read = isReading ? source.next() : undefined;
      source.cancel("gone");
      source.cancel("again");
      assert.deepEqual(reasons, ["gone"]);
      if (read !== undefined) assert.equal((await read).done, true);
    }
  });

  test("destroys a stream of Node's", () => {
    const stream = new Readable({ read() {} });
    sourceOf(stream).cancel(undefined);
    assert.equal(stream.destroyed, true);
  });

  test("ends an iterator, and lets nothing out that goes wrong meanwhile", async () => {
    let isEnded = false;
    const generator = (async function* () {
      try {
        yield "a";
      } finally {
        isEnded = true;
      }
    })();
    const source = sourceOf(generator);
    await source.next();
    source.cancel(undefined);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isEnded, true);
    const hostile = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: "x" }),
        return(): never {
          throw new Error("hostile");
        },
      }),
    };
    const other = sourceOf(hostile);
    await other.next();
    other.cancel(undefined);
    await new Promise((resolve) => setImmediate(resolve));
  });

  test("a stream that somebody else reads is an error of the first read", async () => {
    const stream = new ReadableStream();
    stream.getReader();
    const source = sourceOf(stream);
    await assert.rejects(source.next(), TypeError);
    source.cancel(undefined);
    await new Promise((resolve) => setImmediate(resolve));
  });
});

test("a declared length is compared", () => {
  checkLength(undefined, 5);
  checkLength(5, 5);
  assert.throws(() => checkLength(4, 5), /Content-Length 4 .* 5/);
});
