// The Receiver as it is exported: a Writable that is given bytes and emits messages.

import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { closePayloadOf, type FrameParts, opcodes, wireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import { event, turn } from "./support/peers.js";
import type { CompatReceiver, Options, WsModule } from "./support/ws-module.js";

const { text, binary, continuation, close, ping, pong } = opcodes;

/** What a receiver emits, in its order. */
function listenTo(receiver: CompatReceiver): unknown[][] {
  const heard: unknown[][] = [];
  receiver.on("message", (data, isBinary) => heard.push(["message", data, isBinary]));
  receiver.on("ping", (data) => heard.push(["ping", data]));
  receiver.on("pong", (data) => heard.push(["pong", data]));
  receiver.on("conclude", (code, reason) => heard.push(["conclude", code, reason]));
  receiver.on("error", (error: Error & { code?: string }) => heard.push(["error", error.code]));
  receiver.on("finish", () => heard.push(["finish"]));
  return heard;
}

const unmasked = (parts: FrameParts): Buffer => wireFrame({ isMasked: false, ...parts });
const readable = (heard: unknown[][]): string[] =>
  heard.map((each) =>
    each.map((part) => (part instanceof Uint8Array ? `<${part}>` : String(part))).join(" "),
  );

await compare("a Receiver", (module: WsModule, check) => {
  const { Receiver } = module;

  check("is a Writable that needs no options", () => {
    const receiver = new Receiver();
    assert.ok(receiver instanceof Writable);
    assert.equal(receiver.writableObjectMode, false);
  });

  check("emits messages, pings and pongs while it is written to", () => {
    const receiver = new Receiver();
    const heard = listenTo(receiver);
    receiver.write(unmasked({ opcode: text, payload: "hello" }));
    receiver.write(unmasked({ opcode: binary, payload: "bytes" }));
    receiver.write(Buffer.concat([unmasked({ opcode: ping, payload: "a" }), unmasked({ opcode: pong })]));
    assert.deepEqual(readable(heard), [
      `message <${Buffer.from("hello")}> false`,
      `message <${Buffer.from("bytes")}> true`,
      `ping <${Buffer.from("a")}>`,
      "pong <>",
    ]);
  });

  for (const size of [1, 2, 3, 7]) {
    check(`puts frames together from pieces of ${size}`, () => {
      const receiver = new Receiver();
      const heard = listenTo(receiver);
      const bytes = Buffer.concat([
        unmasked({ opcode: text, payload: "€", fin: false }),
        unmasked({ opcode: ping, payload: "between" }),
        unmasked({ opcode: continuation, payload: "x".repeat(300) }),
        unmasked({ opcode: binary, payload: Buffer.alloc(1000, 1), lengthBytes: 8 }),
      ]);
      for (let i = 0; i < bytes.length; i += size) receiver.write(bytes.subarray(i, i + size));
      assert.deepEqual(
        heard.map(([name, data]) => [name, (data as Buffer).length]),
        [
          ["ping", 7],
          ["message", 303],
          ["message", 1000],
        ],
      );
    });
  }

  check("of a server unmasks, and wants masks", async () => {
    const receiver = new Receiver({ isServer: true });
    const heard = listenTo(receiver);
    receiver.write(wireFrame({ opcode: text, payload: "masked" }));
    assert.equal(String(heard[0]?.[1]), "masked");
    const failed = event(receiver, "error");
    receiver.write(unmasked({ opcode: text }));
    const [error] = await failed;
    assert.equal(error.code, "WS_ERR_EXPECTED_MASK");
    assert.equal(error.name, "RangeError");
  });

  for (const [payload, code, reason] of [
    ["", 1005, ""],
    [closePayloadOf(1000), 1000, ""],
    [closePayloadOf(4321, "why"), 4321, "why"],
  ] as const) {
    check(`concludes with ${code} ${reason}, finishes, and hears nothing after`, async () => {
      const receiver = new Receiver();
      const heard = listenTo(receiver);
      const finished = event(receiver, "finish");
      receiver.write(Buffer.concat([unmasked({ opcode: close, payload }), unmasked({ opcode: text })]));
      await finished;
      assert.equal(heard.length, 2);
      assert.deepEqual(heard[0]?.slice(0, 2), ["conclude", code]);
      assert.ok(Buffer.isBuffer(heard[0]?.[2]));
      assert.equal(String(heard[0]?.[2]), reason);
      assert.equal(receiver.writableEnded, true);
    });
  }

  for (const [binaryType, expected] of [
    ["nodebuffer", "Buffer"],
    ["arraybuffer", "ArrayBuffer"],
    ["fragments", "Array"],
    ["blob", "Blob"],
  ] as const) {
    check(`hands out bytes as ${binaryType}, text as a Buffer`, () => {
      const receiver = new Receiver({ binaryType });
      const heard = listenTo(receiver);
      receiver.write(unmasked({ opcode: binary, payload: "ab", fin: false }));
      receiver.write(unmasked({ opcode: continuation, payload: "c" }));
      receiver.write(unmasked({ opcode: text, payload: "abc" }));
      const [bytes, words] = heard.map(([, data]) => data as object);
      assert.equal(bytes?.constructor.name, expected);
      assert.ok(Buffer.isBuffer(words));
    });
  }

  check("calls back once what it was given is worked off, and drains", async () => {
    const receiver = new Receiver();
    const order: string[] = [];
    receiver.on("message", () => order.push("message"));
    await new Promise<void>((resolve) => {
      receiver.write(unmasked({ opcode: text, payload: "a" }), () => {
        order.push("written");
        resolve();
      });
    });
    assert.deepEqual(order, ["message", "written"]);
    assert.equal(receiver.writableLength, 0);
  });

  check("with allowSynchronousEvents false emits one event in a turn", async () => {
    const receiver = new Receiver({ allowSynchronousEvents: false });
    const heard = listenTo(receiver);
    receiver.write(Buffer.concat(["1", "2", "3"].map((payload) => unmasked({ opcode: text, payload }))));
    assert.equal(heard.length, 0);
    for (let i = 1; i <= 3; i++) {
      await event(receiver, "message");
      assert.equal(heard.length, i);
    }
  });

  const failures: [string, Options, FrameParts[], string, string][] = [
    ["an opcode", {}, [{ opcode: 3 }], "WS_ERR_INVALID_OPCODE", "Invalid WebSocket frame: invalid opcode 3"],
    [
      "a length",
      { maxPayload: 3 },
      [{ opcode: text, payload: "1234" }],
      "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
      "Max payload size exceeded",
    ],
    [
      "the number of parts",
      { maxFragments: 1 },
      [{ opcode: text, fin: false }, { opcode: continuation }],
      "WS_ERR_TOO_MANY_BUFFERED_PARTS",
      "Too many message fragments",
    ],
    [
      "UTF-8",
      {},
      [{ opcode: text, payload: Uint8Array.of(255) }],
      "WS_ERR_INVALID_UTF8",
      "Invalid WebSocket frame: invalid UTF-8 sequence",
    ],
    [
      "a close code",
      {},
      [{ opcode: close, payload: closePayloadOf(1006) }],
      "WS_ERR_INVALID_CLOSE_CODE",
      "Invalid WebSocket frame: invalid status code 1006",
    ],
  ];
  for (const [what, options, frames, code, message] of failures) {
    check(`fails because of ${what}, with the number of its close frame in a symbol`, async () => {
      const receiver = new Receiver(options);
      const heard = listenTo(receiver);
      const failed = event(receiver, "error");
      receiver.write(Buffer.concat(frames.map(unmasked)));
      const [error] = await failed;
      assert.deepEqual([error.code, error.message], [code, message]);
      await turn();
      assert.deepEqual(heard, [["error", code]]);
      const symbols = Object.getOwnPropertySymbols(error).map((symbol) => symbol.description);
      assert.ok(symbols.includes("status-code"));
    });
  }

  check("fails for too many chunks of one frame", async () => {
    const receiver = new Receiver({ maxBufferedChunks: 2 });
    const failed = event(receiver, "error");
    const bytes = unmasked({ opcode: text, payload: "abcdef" });
    receiver.write(bytes.subarray(0, 4));
    receiver.write(bytes.subarray(4, 5));
    receiver.write(bytes.subarray(5, 6));
    receiver.write(bytes.subarray(6, 7));
    const [error] = await failed;
    assert.equal(error.code, "WS_ERR_TOO_MANY_BUFFERED_PARTS");
    assert.equal(error.message, "Too many buffered chunks");
  });

  check("with skipUTF8Validation lets anything be text", () => {
    const receiver = new Receiver({ skipUTF8Validation: true });
    const heard = listenTo(receiver);
    receiver.write(unmasked({ opcode: text, payload: Uint8Array.of(255) }));
    assert.deepEqual(heard, [["message", Buffer.of(255), false]]);
  });

  check("inflates with the PerMessageDeflate of its extensions", async () => {
    const perMessageDeflate = new module.PerMessageDeflate({ isServer: false });
    perMessageDeflate.accept([{}]);
    const receiver = new Receiver({ extensions: { "permessage-deflate": perMessageDeflate } });
    const compressed = await new Promise<Buffer>((resolve, reject) => {
      perMessageDeflate.compress(Buffer.from("hello"), true, (error, data) =>
        error === null ? resolve(data) : reject(error),
      );
    });
    const heard = event(receiver, "message");
    receiver.write(unmasked({ opcode: text, payload: compressed, rsv: 0x40 }));
    const [data, isBinary] = await heard;
    assert.equal(String(data), "hello");
    assert.equal(isBinary, false);
    perMessageDeflate.cleanup();
  });
});
