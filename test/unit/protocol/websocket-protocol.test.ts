import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeMessage, type Role, StateError, type WebSocketProtocol } from "#src/protocol/index.js";
import { ProtocolLog } from "../../support/protocol-log.js";
import { parseBytes } from "../../support/vectors.js";

const roles: Role[] = ["client", "server"];

/** A frame from the peer of the role: unmasked for a client, masked with zeros for a server. */
function fromPeer(role: Role, notation: string): Uint8Array {
  const bytes = parseBytes(notation);
  return role === "client"
    ? bytes
    : Uint8Array.of(bytes[0], bytes[1] | 0x80, 0, 0, 0, 0, ...bytes.subarray(2));
}

function assertThrows(action: () => void, code: string): void {
  assert.throws(action, (error) => error instanceof StateError && error.code === code);
}

/** Every kind of sending except Close; each answers false when nothing may be sent. */
function sendAll(machine: WebSocketProtocol): boolean[] {
  return [
    machine.sendText("x"),
    machine.sendBinary(new Uint8Array(1)),
    machine.sendEncodedText(new Uint8Array(1)),
    machine.sendEncoded(encodeMessage(new Uint8Array(1), true, false)),
    machine.beginMessage(false),
    machine.sendFragment(new Uint8Array(1), true),
    machine.sendPing(new Uint8Array(1)),
    machine.sendPong(new Uint8Array(1)),
  ];
}

for (const role of roles) {
  describe(`protocol of a ${role}`, () => {
    test(`${role} is open until a Close has passed`, () => {
      const { machine } = new ProtocolLog({ role });
      assert.equal(machine.role, role);
      assert.equal(machine.isOpen, true);
      assert.equal(machine.closeSent, undefined);
      assert.equal(machine.closeReceived, undefined);
      assert.equal(machine.error, undefined);
      assert.equal(machine.isBetweenMessages, true);
      assert.equal(machine.isSendingMessage, false);
    });

    test(`${role} reports what was received, and offers no way to report anything else`, () => {
      const { machine } = new ProtocolLog({ role });
      for (const name of ["message", "control", "failed"]) assert.equal(name in machine, false, name);
    });

    test(`${role} that is open says that it sends`, () => {
      const { machine } = new ProtocolLog({ role });
      const answers = [
        machine.sendText("x"),
        machine.sendBinary(new Uint8Array(1)),
        machine.sendEncodedText(new Uint8Array(1)),
        machine.beginMessage(false),
        machine.sendFragment(new Uint8Array(1), true),
        machine.sendPing(new Uint8Array(1)),
        machine.sendPong(new Uint8Array(1)),
        machine.sendClose(1000),
      ];
      assert.deepEqual(answers, Array(8).fill(true));
    });

    test(`${role} that sends Close waits for the peer's and then is closed`, () => {
      const log = new ProtocolLog({ role });
      assert.equal(log.machine.sendClose(1000, "bye"), true);
      assert.equal(log.machine.isOpen, false);
      assert.deepEqual(log.machine.closeSent, { code: 1000, reason: "bye" });
      assert.equal(log.machine.closeReceived, undefined);
      log.output.take();
      log.receive(fromPeer(role, '88 06 03 e9 "away"'));
      assert.deepEqual(log.machine.closeReceived, { code: 1001, reason: "away" });
      assert.deepEqual(log.machine.closeSent, { code: 1000, reason: "bye" });
      assert.deepEqual(log.output.take(), new Uint8Array(0));
    });

    test(`${role} that receives Close answers with its code before it reports it`, () => {
      const log = new ProtocolLog({ role });
      const answered: boolean[] = [];
      log.peerClosed = () => answered.push(log.machine.closeSent !== undefined);
      log.receive(fromPeer(role, '88 06 0f a0 "away"'));
      assert.deepEqual(answered, [true]);
      assert.deepEqual(log.machine.closeReceived, { code: 4000, reason: "away" });
      assert.deepEqual(log.machine.closeSent, { code: 4000, reason: "" });
      assert.equal(log.machine.isOpen, false);
    });

    test(`${role} reads a Close without a body as 1005 and answers without a body`, () => {
      const log = new ProtocolLog({ role });
      log.receive(fromPeer(role, "88 00"));
      assert.deepEqual(log.machine.closeReceived, { code: 1005, reason: "" });
      assert.deepEqual(log.machine.closeSent, { code: 1005, reason: "" });
      assert.equal(log.output.take().length, role === "client" ? 6 : 2);
    });

    test(`${role} sends nothing after Close, and says so`, () => {
      const { machine, output } = new ProtocolLog({ role });
      machine.sendClose(1000);
      output.take();
      assert.deepEqual(sendAll(machine), Array(8).fill(false));
      assert.equal(machine.sendClose(1001), false);
      assert.equal(machine.isSendingMessage, false);
      assert.deepEqual(output.take(), new Uint8Array(0));
    });

    test(`${role} sends nothing after the peer's Close, and says so`, () => {
      const log = new ProtocolLog({ role });
      log.receive(fromPeer(role, "88 02 03 e8"));
      log.output.take();
      assert.deepEqual(sendAll(log.machine), Array(8).fill(false));
      assert.equal(log.machine.sendClose(1001), false);
      assert.deepEqual(log.output.take(), new Uint8Array(0));
    });

    test(`${role} sends nothing after a broken rule, and says so`, () => {
      const log = new ProtocolLog({ role });
      log.receive(fromPeer(role, "83 00"));
      assert.equal(log.machine.isOpen, false);
      assert.equal(log.machine.error?.code, "UNKNOWN_OPCODE");
      assert.deepEqual(log.machine.closeSent, { code: 1002, reason: "" });
      assert.equal(log.machine.closeReceived, undefined);
      log.output.take();
      assert.deepEqual(sendAll(log.machine), Array(8).fill(false));
      assert.deepEqual(log.output.take(), new Uint8Array(0));
    });

    test(`${role} writes the Close for a broken rule before it reports the failure`, () => {
      const log = new ProtocolLog({ role });
      const written: number[] = [];
      log.failed = () => written.push(log.output.take().length);
      log.receive(fromPeer(role, "83 00"));
      assert.deepEqual(written, [role === "client" ? 8 : 4]);
    });

    test(`${role} says nothing in its Close about a broken rule but the code`, () => {
      const log = new ProtocolLog({ role });
      log.receive(fromPeer(role, '81 03 "ab" ff'));
      const close = role === "client" ? "88 82 37 fa 21 3d masked(37 fa 21 3d, 03 ef)" : "88 02 03 ef";
      assert.deepEqual(log.output.take(), parseBytes(close));
    });

    test(`${role} delivers messages after its own Close until the peer's`, () => {
      const log = new ProtocolLog({ role });
      log.machine.sendClose(1000);
      log.receive(fromPeer(role, '81 01 "a"'));
      log.receive(fromPeer(role, "88 00"));
      log.receive(fromPeer(role, '81 01 "b"'));
      assert.deepEqual(
        log.events.map(({ type }) => type),
        ["text", "close"],
      );
    });

    test(`${role} knows when the stream may end without cutting anything`, () => {
      const log = new ProtocolLog({ role });
      const states = ['01 01 "a"', "89 00", '80 01 "b"'].map((notation) => {
        log.receive(fromPeer(role, notation));
        return log.machine.isBetweenMessages;
      });
      log.receive(fromPeer(role, "81 01").subarray(0, 2));
      assert.deepEqual([...states, log.machine.isBetweenMessages], [false, false, true, false]);
    });

    test(`${role} forgets what comes when it was told to discard`, () => {
      const log = new ProtocolLog({ role });
      log.receive(fromPeer(role, '01 01 "a"'));
      log.machine.discard();
      log.receive(fromPeer(role, '80 01 "b"'));
      log.receive(fromPeer(role, "ff 00"));
      assert.deepEqual(log.events, []);
      assert.equal(log.machine.sendText("still open"), true);
    });

    test(`${role} throws on misuse, sends nothing for it and stays as it was`, () => {
      const { machine, output } = new ProtocolLog({ role });
      assertThrows(() => machine.sendClose(1005), "INVALID_CLOSE_CODE");
      assertThrows(() => machine.sendClose(undefined, "why"), "INVALID_CLOSE_CODE");
      assertThrows(() => machine.sendClose(1000, "a".repeat(124)), "CLOSE_REASON_TOO_LONG");
      assertThrows(() => machine.sendPing(new Uint8Array(126)), "CONTROL_PAYLOAD_TOO_LONG");
      assertThrows(() => machine.sendPong(new Uint8Array(126)), "CONTROL_PAYLOAD_TOO_LONG");
      assertThrows(() => machine.sendFragment(new Uint8Array(0), true), "NO_MESSAGE_IN_PROGRESS");
      machine.beginMessage(true);
      assert.equal(machine.isSendingMessage, true);
      assertThrows(() => machine.sendText("x"), "MESSAGE_IN_PROGRESS");
      assertThrows(() => machine.sendEncodedText(new Uint8Array(0)), "MESSAGE_IN_PROGRESS");
      assert.equal(machine.isOpen, true);
      assert.deepEqual(output.take(), new Uint8Array(0));
    });

    test(`${role} may send and close from inside an event`, () => {
      const log = new ProtocolLog({ role });
      const answers: boolean[] = [];
      log.message = () => answers.push(log.machine.sendText("echo"), log.machine.sendClose(1000));
      log.receive(Uint8Array.of(...fromPeer(role, "81 00"), ...fromPeer(role, "81 00")));
      assert.deepEqual(answers, [true, true, false, false]);
    });
  });
}
