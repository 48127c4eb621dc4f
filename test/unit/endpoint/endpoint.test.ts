import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  encodeFrame,
  LimitError,
  Opcode,
  ProtocolError,
  pureEngine,
  type RawDeflateEngine,
} from "sluice/protocol";
import { bytesOf, compression, concat, createClient, createServer, openPair } from "./endpoint-pair.js";

const nothing = new Uint8Array(0);
const mask = Uint8Array.of(1, 2, 3, 4);

describe("endpoint", () => {
  test("nothing can be sent while the handshake is open", () => {
    for (const endpoint of [createClient(), createServer()]) {
      for (const send of [
        () => endpoint.sendText("a"),
        () => endpoint.sendBinary(nothing),
        () => endpoint.sendPing(),
        () => endpoint.sendPong(),
        () => endpoint.sendClose(),
        () => endpoint.beginMessage(true),
        () => endpoint.sendFragment(nothing, true),
      ]) {
        assert.throws(send, { name: "StateError", code: "NOT_OPEN" });
      }
    }
  });

  test("a broken rule is one error event and a Close with its code", () => {
    const { client, server } = openPair();
    const broken = concat([
      encodeFrame({ opcode: Opcode.TEXT, mask, payload: bytesOf("good") }),
      encodeFrame({ opcode: Opcode.TEXT, payload: bytesOf("unmasked") }),
      encodeFrame({ opcode: Opcode.TEXT, mask, payload: bytesOf("behind it") }),
    ]);
    const [text, event, ...more] = server.receive(broken);
    assert.deepEqual(text, { type: "text", data: "good" });
    assert.ok(event.type === "error" && event.error instanceof ProtocolError);
    assert.equal(event.error.code, "MASK_MISSING");
    assert.deepEqual(more, []);
    assert.equal(server.isFinished, true);
    assert.deepEqual(client.receive(server.takeOutput()), [{ type: "close", code: 1002, reason: "" }]);
    assert.deepEqual(server.receive(encodeFrame({ opcode: Opcode.TEXT, mask })), []);
    assert.deepEqual(server.receiveEnd(), []);
  });

  test("a client fails a server that masks", () => {
    const { client, server } = openPair();
    const [event] = client.receive(encodeFrame({ opcode: Opcode.TEXT, mask, payload: bytesOf("a") }));
    assert.ok(event.type === "error" && event.error.code === "MASK_FORBIDDEN");
    assert.deepEqual(server.receive(client.takeOutput()), [{ type: "close", code: 1002, reason: "" }]);
  });

  test("a message beyond the limit is an error event and a Close with 1009", () => {
    const { client, server } = openPair({}, { limits: { maxMessageBytes: 10 } });
    assert.deepEqual(server.receive(client.sendText("0123456789")), [{ type: "text", data: "0123456789" }]);
    const [event] = server.receive(client.sendText("0123456789a"));
    assert.ok(event.type === "error" && event.error instanceof LimitError);
    assert.equal(event.error.limit, 10);
    assert.deepEqual(client.receive(server.takeOutput()), [{ type: "close", code: 1009, reason: "" }]);
  });

  test("the limit holds for what a compressed message inflates to", () => {
    const { client, server } = openPair(
      { compression: compression() },
      { compression: compression(), limits: { maxMessageBytes: 100_000 } },
    );
    const bomb = client.sendBinary(new Uint8Array(10_000_000));
    assert.ok(bomb.length < 100_000);
    const [event, ...more] = server.receive(bomb);
    assert.ok(event.type === "error" && event.error.code === "MESSAGE_TOO_LARGE");
    assert.deepEqual(more, []);
  });

  test("a stream that is cut is a close with 1006", () => {
    const { client, server } = openPair();
    assert.deepEqual(client.receiveEnd(), [{ type: "close", code: 1006, reason: "" }]);
    assert.equal(client.isFinished, true);
    assert.deepEqual(client.sendText("a"), nothing);
    assert.deepEqual(client.receiveEnd(), []);
    server.sendClose(1001);
    assert.deepEqual(server.receiveEnd(), [{ type: "close", code: 1006, reason: "" }]);
  });

  test("after a Close nothing is sent, and nothing throws", () => {
    const { client } = openPair();
    assert.notEqual(client.sendClose().length, 0);
    assert.deepEqual(client.sendClose(1000), nothing);
    assert.deepEqual(client.sendText("a"), nothing);
    assert.deepEqual(client.sendBinary(bytesOf("a")), nothing);
    assert.deepEqual(client.sendPing(), nothing);
    assert.deepEqual(client.sendPong(), nothing);
    client.beginMessage(true);
    assert.deepEqual(client.sendFragment(nothing, true), nothing);
  });

  test("what cannot be sent throws before anything is written", () => {
    const { client } = openPair();
    const invalid = { name: "StateError", code: "INVALID_ARGUMENT" };
    assert.throws(() => client.sendText(bytesOf("a") as unknown as string), invalid);
    assert.throws(() => client.sendBinary("a" as unknown as Uint8Array), invalid);
    assert.throws(() => client.sendPing("a" as unknown as Uint8Array), invalid);
    assert.throws(() => client.sendPong(null as unknown as Uint8Array), invalid);
    assert.throws(() => client.sendPing(new Uint8Array(126)), { code: "CONTROL_PAYLOAD_TOO_LONG" });
    assert.throws(() => client.sendClose(1005), { code: "INVALID_CLOSE_CODE" });
    assert.throws(() => client.sendClose(1000, "x".repeat(124)), { code: "CLOSE_REASON_TOO_LONG" });
    assert.throws(() => client.sendFragment(nothing, true), { code: "NO_MESSAGE_IN_PROGRESS" });
    client.beginMessage(false);
    assert.throws(() => client.sendText("a"), { code: "MESSAGE_IN_PROGRESS" });
    assert.throws(() => client.beginMessage(true), { code: "MESSAGE_IN_PROGRESS" });
    assert.deepEqual(client.takeOutput(), nothing);
    assert.equal(client.isOpen, true);
  });

  test("what is sent may be reused, and what is received may be kept", () => {
    const { client, server } = openPair();
    const payload = bytesOf("payload");
    const bytes = client.sendBinary(payload);
    payload.fill(0);
    const [event] = server.receive(bytes);
    bytes.fill(0);
    assert.deepEqual(event, { type: "binary", data: bytesOf("payload") });
  });

  test("the host's byte engine and digest are used", () => {
    const used: string[] = [];
    const server = createServer({
      byteEngine: {
        ...pureEngine,
        unmask(...range) {
          used.push("unmask");
          return pureEngine.unmask(...range);
        },
      },
      sha1() {
        used.push("sha1");
        return new Uint8Array(20);
      },
    });
    server.receive(createClient().request.slice());
    server.accept();
    server.receive(encodeFrame({ opcode: Opcode.TEXT, mask, payload: bytesOf("a") }));
    assert.deepEqual(used, ["sha1", "unmask"]);
  });

  test("a compressor goes back to its engine when the endpoint is finished", () => {
    const { engine, options } = compression({ thresholdBytes: 0 });
    let lent = 0;
    const counting: RawDeflateEngine = {
      acquireInflater(bits) {
        lent++;
        return engine.acquireInflater(bits);
      },
      releaseInflater(inflater, bits) {
        lent--;
        engine.releaseInflater(inflater, bits);
      },
      acquireDeflater(settings) {
        lent++;
        return engine.acquireDeflater(settings);
      },
      releaseDeflater(deflater, settings) {
        lent--;
        engine.releaseDeflater(deflater, settings);
      },
    };
    const ends: ((pair: ReturnType<typeof openPair>) => void)[] = [
      ({ client, server }) => {
        server.receive(client.sendClose());
        client.receive(server.takeOutput());
      },
      ({ client, server }) => {
        server.receiveEnd();
        client.receiveEnd();
      },
      ({ client, server }) => {
        server.receive(Uint8Array.of(0xff));
        server.receive(Uint8Array.of(0xff));
        client.receive(server.takeOutput());
      },
    ];
    for (const end of ends) {
      const both = { compression: { options, engine: counting } };
      const pair = openPair(both, both);
      assert.deepEqual(pair.server.receive(pair.client.sendText("hello")), [{ type: "text", data: "hello" }]);
      assert.deepEqual(pair.client.receive(pair.server.sendText("hello")), [{ type: "text", data: "hello" }]);
      assert.equal(lent, 4);
      end(pair);
      assert.equal(lent, 0);
    }
  });
});
