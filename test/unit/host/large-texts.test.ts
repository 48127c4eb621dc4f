import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bufferEngine, nodeEngine, trustingBufferEngine } from "#src/host/index.js";
import { type ByteEngine, defaultLimits, pureEngine } from "#src/protocol/index.js";
import { Receiver } from "#src/protocol/receiver.js";

const KEY = 0x9c3a71e5;

/** Frames of one text message, masked. */
function framesOf(payloads: readonly Uint8Array[]): Buffer {
  const frames = payloads.flatMap((payload, i) => {
    const header = Buffer.alloc(14);
    header[0] = (i === 0 ? 1 : 0) | (i === payloads.length - 1 ? 0x80 : 0);
    header[1] = 0x80 | 127;
    header.writeBigUInt64BE(BigInt(payload.length), 2);
    header.writeInt32LE(KEY | 0, 10);
    const masked = Buffer.from(payload);
    pureEngine.unmask(masked, 0, masked.length, KEY, 0);
    return [header, masked];
  });
  return Buffer.concat(frames);
}

/** What a receiver says of the frames when they come in reads of so many bytes, each in memory of its own. */
function receive<Text>(engine: ByteEngine<Text>, frames: Buffer, readBytes: number): string {
  let said = "";
  const sink = {
    message: (data: Text | Uint8Array) => {
      said += `message ${Buffer.from(data as string | Uint8Array as string).toString("latin1")}`;
    },
    control: () => {},
    failed: (error: Error & { code: string }) => {
      said += `failed ${error.code}: ${error.message}`;
    },
  };
  const receiver = new Receiver<Text>(sink, {
    isMaskExpected: true,
    engine,
    limits: defaultLimits,
    codec: undefined,
    acceptsLongLengths: true,
  });
  for (let at = 0; at < frames.length && !said.startsWith("failed"); at += readBytes) {
    const bytes = Buffer.from(Uint8Array.from(frames.subarray(at, at + readBytes)).buffer);
    receiver.receive(bytes, 0, bytes.length);
  }
  return said;
}

const ascii = new Uint8Array(90_000).fill(0x61);
const umlauts = Buffer.from("ü".repeat(45_000));
/** Every character is torn by a read of an odd number of bytes. */
const signs = Buffer.from(`a${"€".repeat(30_000)}`);
const broken = Buffer.from(ascii).fill(0xff, 70_000, 70_001);
const torn = Buffer.concat([ascii, Uint8Array.of(0xc3), ascii]);

describe("a large text in masked frames and many reads", () => {
  for (const [name, payloads] of Object.entries({
    "of ASCII": [ascii],
    "of other characters": [umlauts],
    "of torn characters": [signs],
    "that is no UTF-8": [broken],
    "of which a character is torn by the end of a run of ASCII": [torn],
    "in several frames": [ascii, signs, new Uint8Array(0), umlauts, ascii.subarray(0, 100)],
    "of which a character is torn by two frames": [
      Buffer.concat([ascii, umlauts.subarray(0, 20_001)]),
      umlauts.subarray(20_001),
    ],
  })) {
    test(`${name} is the same to every engine`, () => {
      const frames = framesOf(payloads);
      for (const readBytes of [1001, 16_384, 20_001, 65_536, frames.length]) {
        const expected = receive(pureEngine, frames, readBytes).replace(/ \(after.*/, "");
        for (const engine of [nodeEngine, bufferEngine]) {
          const said = receive<unknown>(engine as ByteEngine<unknown>, frames, readBytes);
          assert.ok(
            said.replace(/ \(after.*/, "") === expected,
            `${said.slice(0, 60)} in reads of ${readBytes}`,
          );
        }
      }
    });
  }

  test("is not looked at by the engine that trusts", () => {
    const said = receive(trustingBufferEngine, framesOf([broken]), 65_536);
    assert.ok(said === `message ${broken.toString("latin1")}`);
  });

  test("fails with as many valid bytes as have come before the read", () => {
    const said = receive(bufferEngine, framesOf([broken]), 30_000);
    assert.match(said, /^failed TEXT_NOT_UTF8: .*after 59986 valid bytes or more/);
  });
});
