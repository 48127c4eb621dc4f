// A Sender with the least of a socket.

import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { inflateRawSync } from "node:zlib";
import { compare } from "./implementations.js";
import type { Callback, WsModule } from "./support/ws-module.js";

type Write = (data: Buffer | string, callback?: Callback) => void;

function stubSocket(write: Write): Duplex {
  return { readable: true, writable: true, cork() {}, uncork() {}, write } as unknown as Duplex;
}

/** A sender that compresses, and the writes of its socket. */
function compressingSender(module: WsModule, options: Record<string, unknown>, count: number) {
  const perMessageDeflate = new module.PerMessageDeflate(options);
  perMessageDeflate.accept([{}]);
  const writes: Buffer[] = [];
  let done = (): void => {};
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const socket = stubSocket((data, callback) => {
    writes.push(Buffer.from(data as Buffer));
    callback?.();
    if (writes.length === count) done();
  });
  return {
    sender: new module.Sender(socket, { "permessage-deflate": perMessageDeflate }),
    perMessageDeflate,
    writes,
    all,
  };
}

await compare("a Sender with a stub of a socket", (module, check) => {
  check("needs cork, write and uncork alone, and writes the head and the data apart", () => {
    const calls: string[] = [];
    const socket = {
      cork: () => calls.push("cork"),
      uncork: () => calls.push("uncork"),
      write: (data: Buffer) => calls.push(`write ${Buffer.from(data).toString("hex")}`),
    } as unknown as Duplex;
    const sender = new module.Sender(socket);
    sender.send(Buffer.from("ab"), { fin: true, binary: true });
    sender.ping("", false);
    assert.deepEqual(calls, ["cork", "write 8202", "write 6162", "uncork", "write 8900"]);
  });

  check("compresses text, bytes and buffers", async () => {
    const { sender, writes, all, perMessageDeflate } = compressingSender(module, { threshold: 0 }, 6);
    const bytes = Uint8Array.of(104, 105);
    const options = { compress: true, fin: true };
    sender.send(bytes.buffer, options);
    sender.send(bytes, options);
    sender.send("hi", options);
    await all;
    for (const index of [0, 2, 4]) assert.equal((writes[index]?.[0] ?? 0) & 0x40, 0x40);
    perMessageDeflate.cleanup();
  });

  check("compresses an empty first part, and an empty last one", async () => {
    for (const [first, last] of [
      ["", "data"],
      ["data", ""],
    ] as const) {
      const { sender, writes, all, perMessageDeflate } = compressingSender(module, { threshold: 0 }, 4);
      sender.send(Buffer.from(first), { compress: true, fin: false });
      sender.send(Buffer.from(last), { compress: true, fin: true });
      await all;
      assert.equal((writes[0]?.[0] ?? 0) & 0x40, 0x40);
      assert.equal((writes[2]?.[0] ?? 0) & 0x40, 0);
      const deflated = Buffer.concat([writes[1] as Buffer, writes[3] as Buffer, Buffer.of(0, 0, 255, 255)]);
      assert.equal(inflateRawSync(deflated, { finishFlush: 2 }).toString(), "data");
      perMessageDeflate.cleanup();
    }
  });

  check("writes pings and pongs of every kind of data in the order of the calls", async () => {
    for (const [method, first] of [
      ["ping", "8902"],
      ["pong", "8a02"],
    ] as const) {
      const { sender, writes, all, perMessageDeflate } = compressingSender(module, { threshold: 0 }, 8);
      const bytes = Uint8Array.of(104, 105);
      sender.send("foo", { compress: true, fin: true });
      sender[method](bytes.buffer, false);
      sender[method](bytes, false);
      sender[method]("hi", false);
      await all;
      assert.deepEqual(
        writes.slice(2).map((each) => each.toString("hex")),
        [first, "6869", first, "6869", first, "6869"],
      );
      perMessageDeflate.cleanup();
    }
  });

  check("writes a close behind all that is being compressed", async () => {
    const { sender, writes, perMessageDeflate } = compressingSender(module, { threshold: 0 }, 8);
    for (const data of ["foo", "bar", "baz"]) sender.send(data, { compress: true, fin: true });
    await new Promise<void>((resolve) => sender.close(1000, undefined, false, () => resolve()));
    assert.equal(writes.length, 8);
    assert.equal(writes[6]?.toString("hex"), "8802");
    perMessageDeflate.cleanup();
  });
});
