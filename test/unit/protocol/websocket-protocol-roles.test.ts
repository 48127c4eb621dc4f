import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import {
  CollectedOutput,
  decodeFrame,
  type LimitError,
  type ProtocolError,
  type ProtocolSink,
  pureEngine,
  StateError,
  WebSocketProtocol,
} from "#src/protocol/index.js";
import { ProtocolLog } from "../../support/protocol-log.js";
import { RunLengthCodec } from "../../support/run-length-codec.js";
import { parseBytes } from "../../support/vectors.js";

function assertThrows(action: () => void, code: string): void {
  assert.throws(action, (error) => error instanceof StateError && error.code === code);
}

describe("protocol of a client", () => {
  test("a client cannot be made without a source of masking keys", () => {
    const sink = new ProtocolLog({ role: "client" }) as ProtocolSink;
    const options = { role: "client" as const, sink, output: new CollectedOutput() };
    assertThrows(() => new WebSocketProtocol(options), "INVALID_ARGUMENT");
  });

  test("a client asks for a fresh masking key for every frame, answers and Close included", () => {
    let keys = 0;
    const log = new ProtocolLog({ role: "client" });
    const machine = new WebSocketProtocol({
      role: "client",
      sink: log,
      output: log.output,
      nextMaskKey: () => ++keys,
    });
    machine.sendText("a");
    machine.sendBinary(new Uint8Array(1));
    machine.beginMessage(false);
    machine.sendFragment(new Uint8Array(1), false);
    machine.sendFragment(new Uint8Array(1), true);
    machine.sendPing(new Uint8Array(0));
    machine.receive(parseBytes("89 00 88 00"));
    const bytes = log.output.take();
    const masks: (Uint8Array | undefined)[] = [];
    for (let at = 0; at < bytes.length; ) {
      const decoded = decodeFrame(bytes, at);
      assert.ok(decoded);
      masks.push(decoded.frame.mask);
      at += decoded.byteLength;
    }
    assert.deepEqual(
      masks,
      Array.from({ length: 7 }, (_, i) => Uint8Array.of(i + 1, 0, 0, 0)),
    );
  });

  test("a client cannot send an encoded message, because it is not masked", () => {
    const { machine, output } = new ProtocolLog({ role: "client" });
    assertThrows(() => machine.sendEncoded(parseBytes("81 00")), "INVALID_ARGUMENT");
    assert.deepEqual(output.take(), new Uint8Array(0));
  });
});

test("what is no payload is told, and nothing of it is read or sent", () => {
  const { machine, output } = new ProtocolLog({ role: "client" });
  const odd = [undefined, null, "hello", 5, new ArrayBuffer(3), new DataView(new ArrayBuffer(3)), [1]];
  for (const value of [...odd, new Int8Array(3)]) {
    for (const call of [
      () => machine.receive(value as never),
      () => machine.sendBinary(value as never),
      () => machine.sendEncodedText(value as never),
      () => machine.sendFragment(value as never, true),
      () => machine.sendPing(value as never),
      () => machine.sendPong(value as never),
    ])
      assertThrows(call, "INVALID_ARGUMENT");
  }
  assertThrows(() => machine.sendText(5 as never), "INVALID_ARGUMENT");
  assertThrows(() => machine.beginMessage("text" as never), "INVALID_ARGUMENT");
  assert.deepEqual(output.take(), new Uint8Array(0));
  assert.equal(machine.isBetweenMessages, true);
  // Bytes of another realm are bytes.
  const foreign: Uint8Array = runInNewContext("Uint8Array.of(0x81, 0)");
  assert.equal(foreign instanceof Uint8Array, false);
  assert.equal(machine.receive(foreign), 2);
});

describe("protocol of a server", () => {
  test("a server does not ask for masking keys", () => {
    const log = new ProtocolLog({ role: "server" });
    const nextMaskKey = () => assert.fail("a server has no masking key");
    const machine = new WebSocketProtocol({ role: "server", sink: log, output: log.output, nextMaskKey });
    machine.sendText("a");
    machine.sendClose(1000);
    assert.deepEqual(log.output.take(), parseBytes('81 01 "a" 88 02 03 e8'));
  });

  test("a server cannot send an encoded message between fragments", () => {
    const { machine } = new ProtocolLog({ role: "server" });
    machine.beginMessage(false);
    assertThrows(() => machine.sendEncoded(parseBytes("81 00")), "MESSAGE_IN_PROGRESS");
  });

  test("a server takes the engine, the limits and no more than the range it is given", () => {
    const errors: (ProtocolError | LimitError)[] = [];
    const sink: ProtocolSink = {
      message: () => assert.fail("no message"),
      ping: () => assert.fail("no ping"),
      pong: () => assert.fail("no pong"),
      peerClosed: () => assert.fail("no close"),
      failed: (error) => errors.push(error),
    };
    let unmasked = 0;
    const engine = { ...pureEngine, isUtf8: () => unmasked++ < 0 };
    const limits = { maxMessageBytes: 3, maxFragments: 1 };
    const machine = new WebSocketProtocol({
      role: "server",
      sink,
      output: new CollectedOutput(),
      engine,
      limits,
    });
    assert.equal(machine.receive(parseBytes("ff 81 82 00 00 00 00 c3 a9 ff"), 1, 9), 9);
    assert.deepEqual([unmasked, errors.map(({ code }) => code)], [1, ["TEXT_NOT_UTF8"]]);
  });
});

describe("protocol of either role", () => {
  test("fragments are compressed only when that is asked for", () => {
    const { machine, output } = new ProtocolLog({ role: "server", codec: new RunLengthCodec() });
    for (const compress of [undefined, false, true]) {
      machine.beginMessage(false, compress);
      machine.sendFragment(parseBytes("repeat(61, 20)"), true);
    }
    assert.deepEqual(output.take(), parseBytes("repeat(81 14 repeat(61, 20), 2) c1 02 14 61"));
  });

  test("a whole message can be sent compressed or not, whatever its size", () => {
    const { machine, output } = new ProtocolLog({ role: "server", codec: new RunLengthCodec() });
    machine.sendText("aaa", true);
    machine.sendBinary(parseBytes("repeat(00, 20)"), false);
    machine.sendEncodedText(parseBytes('"aaa"'), true);
    assert.deepEqual(output.take(), parseBytes("c1 02 03 61 82 14 repeat(00, 20) c1 02 03 61"));
  });

  test("errors about a Close say what it carried, in numbers", () => {
    const texts: [string, RegExp][] = [
      ["88 01 03", /one byte where a code takes two/],
      ["88 02 03 ed", /^close code 1005 may not be sent$/],
      ["88 05 03 e8 61 62 ff", /^the close reason \(3 bytes\) is not UTF-8$/],
    ];
    for (const [notation, text] of texts) {
      const { machine } = new ProtocolLog({ role: "client" });
      machine.receive(parseBytes(notation));
      assert.match(machine.error?.message ?? "", text);
    }
  });
});
