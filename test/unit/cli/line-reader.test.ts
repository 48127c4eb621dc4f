import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readLines } from "#src/cli/line-reader.js";

async function linesOf(chunks: readonly (Uint8Array | string)[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(stream(chunks))) lines.push(line);
  return lines;
}

async function* stream(chunks: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array | string> {
  yield* chunks;
}

describe("lines of a stream", () => {
  const text = "one\n\nzwei é\r\n日本\nlast";
  const lines = ["one", "", "zwei é", "日本", "last"];

  test("are the same wherever the stream is torn", async () => {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at <= bytes.length; at++)
      assert.deepEqual(await linesOf([bytes.subarray(0, at), bytes.subarray(at)]), lines, `at ${at}`);
    assert.deepEqual(await linesOf(Array.from(bytes, (byte) => Uint8Array.of(byte))), lines);
  });

  test("end with the last line feed, if the text does", async () => {
    assert.deepEqual(await linesOf(["a\nb\n"]), ["a", "b"]);
    assert.deepEqual(await linesOf([]), []);
    assert.deepEqual(await linesOf(["\n"]), [""]);
  });

  test("are read only as they are asked for", async () => {
    let read = 0;
    async function* counted(): AsyncGenerator<string> {
      for (; read < 10; read++) yield `${read}\n`;
    }
    const reader = readLines(counted());
    assert.equal((await reader.next()).value, "0");
    assert.equal(read, 0);
    await reader.return(undefined);
  });

  test("that are no UTF-8 get U+FFFD for what is not, and the first of them is told about", async () => {
    const told: number[] = [];
    const bytes = Buffer.from("one\n\ufffd\ngr\u00fc\u00dfe\nf\u00fcr\n", "utf8");
    const latin = Buffer.from("gr\u00fc\u00dfe\nf\u00fcr\n", "latin1");
    const lines: string[] = [];
    for await (const line of readLines(stream([bytes, latin]), (number) => told.push(number)))
      lines.push(line);
    assert.deepEqual(lines, ["one", "\ufffd", "grüße", "für", "gr\ufffd\ufffde", "f\ufffdr"]);
    assert.deepEqual(told, [5]);
  });

  test("without an end are refused before they fill the memory", async () => {
    const part = "x".repeat(2 ** 24);
    await assert.rejects(linesOf(Array.from({ length: 17 }, () => part)), /longer than 268435456 bytes/);
  });
});
