// The Sender as it is exported: it writes frames into a socket that it is given.

import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { readWireFrame, type WireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import type { CompatDeflate, CompatSender, Options, WsModule } from "./support/ws-module.js";

/** A socket that keeps what is written to it. */
class Kept extends Duplex {
  bytes = Buffer.alloc(0);
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    done();
  }

  get frames(): WireFrame[] {
    const frames: WireFrame[] = [];
    let rest = this.bytes;
    for (let found = readWireFrame(rest); found !== undefined; found = readWireFrame(rest)) {
      frames.push(found.frame);
      rest = rest.subarray(found.end);
    }
    return frames;
  }
}

function start(module: WsModule, extensions?: unknown): { socket: Kept; sender: CompatSender } {
  const socket = new Kept();
  return { socket, sender: new module.Sender(socket, extensions) };
}

/** The extension as it is after a negotiation of a client without parameters. */
function agreed(
  module: WsModule,
  options: Options = {},
  params: Record<string, unknown[]> = {},
): CompatDeflate {
  const perMessageDeflate = new module.PerMessageDeflate(options);
  perMessageDeflate.accept([params]);
  return perMessageDeflate;
}

const hex = (list: readonly (Buffer | string)[]): string =>
  Buffer.concat(list.map((part) => Buffer.from(part))).toString("hex");

await compare("Sender.frame", (module, check) => {
  const { frame } = module.Sender;
  const plain = { fin: true, rsv1: false, opcode: 2, mask: false, readOnly: false };

  for (const [what, data, options, expected] of [
    ["nothing", Buffer.alloc(0), plain, "8200"],
    ["a byte", Buffer.of(1), plain, "820101"],
    ["text", Buffer.from("a"), { ...plain, opcode: 1 }, "810161"],
    ["a part", Buffer.of(1), { ...plain, fin: false }, "020101"],
    ["something compressed", Buffer.of(1), { ...plain, rsv1: true }, "c20101"],
    ["a ping", Buffer.of(1), { ...plain, opcode: 9 }, "890101"],
  ] as const) {
    check(`of ${what} is ${expected}`, () => {
      assert.equal(hex(frame(data, { ...options })), expected);
    });
  }

  for (const [length, head] of [
    [125, "827d"],
    [126, "827e007e"],
    [65_535, "827effff"],
    [65_536, "827f0000000000010000"],
  ] as const) {
    check(`has the length ${length} in its shortest form, apart from the data`, () => {
      const data = Buffer.alloc(length);
      const list = frame(data, { ...plain });
      assert.equal(list.length, 2);
      assert.equal(hex(list.slice(0, 1)), head);
      assert.equal(list[1], data);
    });
  }

  check("takes a string, whose bytes it counts", () => {
    assert.equal(hex(frame("€", { ...plain, opcode: 1 })), "8103e282ac");
  });

  check("masks with a fresh key", () => {
    const keys = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const bytes = Buffer.from(hex(frame(Buffer.from("abcd"), { ...plain, mask: true })), "hex");
      assert.equal(bytes.subarray(0, 2).toString("hex"), "8284");
      const key = bytes.subarray(2, 6);
      keys.add(key.toString("hex"));
      assert.equal(
        bytes
          .subarray(6)
          .map((byte, at) => byte ^ (key[at] ?? 0))
          .toString(),
        "abcd",
      );
    }
    assert.equal(keys.size, 20);
  });

  check("masks a copy of data that is readOnly, and other data in place", () => {
    const generateMask = (mask: Buffer): void => {
      mask.fill(1);
    };
    const options = { ...plain, mask: true, generateMask, maskBuffer: Buffer.alloc(4) };
    const kept = Buffer.from("ab");
    assert.equal(hex(frame(kept, { ...options, readOnly: true })), "8282010101016063");
    assert.equal(kept.toString(), "ab");
    const given = Buffer.from("ab");
    assert.equal(hex(frame(given, { ...options, readOnly: false })), "8282010101016063");
  });
});

await compare("a Sender", (module, check) => {
  check("sends text, bytes, pings, pongs and a close, masked or not", () => {
    const { socket, sender } = start(module);
    sender.send("text", { binary: false, fin: true, mask: true });
    sender.send(Buffer.from("bytes"), { binary: true, fin: true, mask: false });
    sender.ping("ping", true);
    sender.pong(Buffer.from("pong"), false);
    sender.close(1000, "bye", true);
    assert.deepEqual(
      socket.frames.map(({ opcode, isMasked, payload }) => [opcode, isMasked, payload.toString("latin1")]),
      [
        [1, true, "text"],
        [2, false, "bytes"],
        [9, true, "ping"],
        [10, false, "pong"],
        [8, true, "\x03\xe8bye"],
      ],
    );
  });

  check("sends parts, and the next message begins anew", () => {
    const { socket, sender } = start(module);
    sender.send("a", { fin: false });
    sender.send("b", { fin: false, binary: true });
    sender.send("c", { fin: true });
    sender.send("d", { fin: true, binary: true });
    assert.deepEqual(
      socket.frames.map(({ opcode, fin }) => [opcode, fin]),
      [
        [1, false],
        [0, false],
        [0, true],
        [2, true],
      ],
    );
  });

  check("takes every kind of data", async () => {
    const { socket, sender } = start(module);
    const options = { fin: true, binary: true };
    sender.send(Uint8Array.of(1).buffer, options);
    sender.send(new Uint16Array([0x0202]), options);
    sender.send(new DataView(Uint8Array.of(3).buffer), options);
    sender.ping(Uint8Array.of(4), false);
    sender.pong(Uint8Array.of(5).buffer, false);
    await new Promise<void>((resolve) => sender.send(new Blob(["b"]), options, () => resolve()));
    assert.deepEqual(
      socket.frames.map(({ payload }) => payload.toString("hex")),
      ["01", "0202", "03", "04", "05", "62"],
    );
  });

  check("throws for what may not be sent", () => {
    const { sender } = start(module);
    const tooLong = { name: "RangeError", message: "The data size must not be greater than 125 bytes" };
    assert.throws(() => sender.ping("x".repeat(126), false), tooLong);
    assert.throws(() => sender.pong(Buffer.alloc(126), false), tooLong);
    assert.throws(() => sender.close(1, undefined, false), {
      name: "TypeError",
      message: "First argument must be a valid error code number",
    });
    assert.throws(() => sender.close(1000, "x".repeat(124), false), {
      name: "RangeError",
      message: "The message must not be greater than 123 bytes",
    });
  });

  check("calls back when the socket has taken the frame", async () => {
    const { socket, sender } = start(module);
    await new Promise<void>((resolve) => sender.send("a", { fin: true }, () => resolve()));
    await new Promise<void>((resolve) => sender.ping("b", false, () => resolve()));
    await new Promise<void>((resolve) => sender.pong("c", false, () => resolve()));
    await new Promise<void>((resolve) => sender.close(1000, "", false, () => resolve()));
    assert.deepEqual(
      socket.frames.map(({ opcode }) => opcode),
      [1, 9, 10, 8],
    );
  });

  check("asks the given function for its masks", () => {
    const socket = new Kept();
    const sender = new module.Sender(socket, undefined, (mask) => mask.fill(0));
    sender.send(Buffer.from("plain"), { fin: true, binary: true, mask: true });
    assert.equal(socket.bytes.toString("latin1"), "\x82\x85\0\0\0\0plain");
  });

  check("compresses with the PerMessageDeflate of its extensions, and keeps the order", async () => {
    const extension = agreed(module, { threshold: 0 });
    const { socket, sender } = start(module, { "permessage-deflate": extension });
    sender.send("hello", { fin: true, compress: true });
    sender.ping("ping", false);
    sender.send("plain", { fin: true, compress: false });
    await new Promise<void>((resolve) => sender.send("last", { fin: true, compress: true }, () => resolve()));
    assert.deepEqual(
      socket.frames.map(({ opcode, rsv }) => [opcode, rsv]),
      [
        [1, 0x40],
        [9, 0],
        [1, 0],
        [1, 0x40],
      ],
    );
    extension.cleanup();
  });

  check(
    "does not compress below the threshold where the context is not kept, but then all parts or none",
    async () => {
      const params = { client_no_context_takeover: [true] };
      const extension = agreed(module, { threshold: 3 }, params);
      const { socket, sender } = start(module, { "permessage-deflate": extension });
      sender.send("ab", { fin: true, compress: true });
      sender.send("abc", { fin: true, compress: true });
      sender.send("ab", { fin: false, compress: true });
      await new Promise<void>((resolve) =>
        sender.send("abc", { fin: true, compress: true }, () => resolve()),
      );
      assert.deepEqual(
        socket.frames.map(({ rsv }) => rsv),
        [0, 0x40, 0, 0],
      );
      assert.equal(socket.frames[3]?.payload.toString(), "abc");
      extension.cleanup();
    },
  );

  check("tells the callbacks of what is waiting when its socket is destroyed", async () => {
    const { socket, sender } = start(module);
    const failures: Promise<unknown>[] = [];
    for (const send of [
      (done: (error?: Error | null) => void) => sender.send(new Blob(["a"]), { fin: true }, done),
      (done: (error?: Error | null) => void) => sender.send("b", { fin: true }, done),
      (done: (error?: Error | null) => void) => sender.ping("c", false, done),
    ]) {
      failures.push(new Promise((resolve) => send(resolve)));
    }
    socket.destroy();
    for (const error of await Promise.all(failures)) {
      assert.equal((error as Error).message, "The socket was closed while the blob was being read");
    }
  });
});
