// What is sent is as good as written when `send` returns, however an implementation gathers it.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { execFile } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { promisify } from "node:util";
import { projectPath } from "../support/paths.js";
import { compare } from "./implementations.js";
import { closed, connectPair, event, startServer } from "./support/peers.js";
import type { CompatSocket } from "./support/ws-module.js";

/** Sends when the server has greeted it, and ends its process in the same turn. */
const leaving = (specifier: string, how: string): string => `
  const { WebSocket } = await import(${JSON.stringify(specifier)});
  const ws = new WebSocket(process.argv[1]);
  ws.on("message", () => {
    ws.send("reply");
    ws.close(1001, "bye");
    ${how}
  });`;

/** The first so many messages. */
async function messagesOf(socket: CompatSocket, count: number): Promise<Buffer[]> {
  const messages: Buffer[] = [];
  while (messages.length < count) messages.push((await event(socket, "message"))[0]);
  return messages;
}

/** Whoever takes messages one by one would miss some: this keeps all. */
function gather(socket: CompatSocket): { messages: string[]; reached(count: number): Promise<void> } {
  const messages: string[] = [];
  let wake = (): void => {};
  socket.on("message", (data: Buffer) => {
    messages.push(String(data));
    wake();
  });
  return {
    messages,
    async reached(count) {
      while (messages.length < count)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    },
  };
}

await compare("what was sent", (module, check, { specifier }) => {
  for (const how of ["process.exit();", 'throw new Error("enough");', "process.emit('SIGTERM');"]) {
    check(`reaches the peer when the process then ends: ${how}`, async (t) => {
      const { server, url } = await startServer(t, module);
      const accepted = event(server, "connection");
      const onSignal = how.includes("SIGTERM") ? "process.on('SIGTERM', () => process.exit());" : "";
      const argv = ["--input-type=module", "-e", `${onSignal}${leaving(specifier, how)}`, url];
      const gone = promisify(execFile)(process.execPath, argv, { cwd: projectPath("") }).catch(() => {});
      const [peer] = await accepted;
      const ended = closed(peer);
      const messages = messagesOf(peer, 1);
      peer.send("greeting");
      assert.equal(String((await messages)[0]), "reply");
      assert.deepEqual(await ended, { code: 1001, reason: "bye" });
      await gone;
    });
  }

  check("at exit, by a listener of that too, reaches the peer", async (t) => {
    const { server, url } = await startServer(t, module);
    const accepted = event(server, "connection");
    const program = `
      const { WebSocket } = await import(${JSON.stringify(specifier)});
      const ws = new WebSocket(process.argv[1]);
      ws.on("message", () => {
        ws.send("one");
        process.on("exit", () => ws.send("two"));
        process.exit();
      });`;
    const argv = ["--input-type=module", "-e", program, url];
    const gone = promisify(execFile)(process.execPath, argv, { cwd: projectPath("") });
    const [peer] = await accepted;
    const { messages, reached } = gather(peer);
    peer.send("greeting");
    await reached(2);
    assert.deepEqual(messages, ["one", "two"]);
    await gone;
  });

  for (const size of [20, 16_384, 65_000, 200_000]) {
    check(`is what it was, though its buffer of ${size} bytes is used again at once`, async (t) => {
      const { client, peer } = await connectPair(t, module);
      const { messages, reached } = gather(client);
      const buffer = Buffer.alloc(size);
      for (const value of [1, 2, 3]) {
        buffer.fill(value);
        peer.send(buffer);
        // Once the kernel has no room, both keep the buffer until it has.
        if (peer.bufferedAmount > 0) await once(peer._socket, "drain");
      }
      await reached(3);
      assert.deepEqual(
        messages.map((text) => [text.length, text.charCodeAt(0), text.charCodeAt(size - 1)]),
        [1, 2, 3].map((value) => [size, value, value]),
      );
    });
  }

  const ends: [string, (socket: Socket) => void][] = [
    ["end", (socket) => socket.end()],
    ["destroySoon", (socket) => socket.destroySoon()],
    ["destroy", (socket) => socket.destroy()],
  ];
  for (const [name, end] of ends) {
    check(`has left before the request's socket is ended by ${name}`, async (t) => {
      const { client, peer, request } = await connectPair(t, module);
      const received = event(client, "message");
      const written = new Promise((resolve) => peer.send("bye", resolve as never));
      end(request.socket);
      assert.equal(String((await received)[0]), "bye");
      assert.equal((await written) ?? undefined, undefined);
    });
  }

  check("stays before what is written to the request's socket, and after it", async (t) => {
    const { client, peer, request } = await connectPair(t, module);
    const { messages, reached } = gather(client);
    peer.send("1");
    request.socket.write(Buffer.of(0x81, 1, 0x32));
    peer.send("3");
    await reached(3);
    assert.deepEqual(messages, ["1", "2", "3"]);
  });

  check("calls back in the asynchronous context of whoever sent it", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const storage = new AsyncLocalStorage<number>();
    const seen: unknown[] = [];
    const all = new Promise<void>((resolve) => {
      const done = (): void => {
        seen.push(storage.getStore());
        if (seen.length === 4) resolve();
      };
      for (const value of [1, 2]) storage.run(value, () => peer.send("x", done));
      peer.on("message", () => {
        storage.run(3, () => peer.send("y", done));
        storage.run(4, () => peer.ping("z", false, done));
      });
      client.send("go");
    });
    await all;
    assert.deepEqual(seen, [1, 2, 3, 4]);
  });

  check("is called back before a broken rule behind it is told", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const order: string[] = [];
    peer.on("message", () => {
      process.nextTick(() => order.push("tick"));
      peer.send("r", () => order.push("written"));
    });
    peer.on("error", () => order.push("error"));
    const ended = closed(peer);
    client.on("error", () => {});
    client._socket.write(Buffer.of(0x81, 0x81, 0, 0, 0, 0, 65, 0x85, 0x00));
    await ended;
    assert.deepEqual(order, ["tick", "written", "error"]);
  });

  check("leaves though process.nextTick is somebody else's by then", async (t) => {
    const { client, peer } = await connectPair(t, module);
    const received = event(client, "message");
    const { nextTick } = process;
    process.nextTick = () => {};
    peer.send("x");
    process.nextTick = nextTick;
    assert.equal(String((await received)[0]), "x");
  });
});
