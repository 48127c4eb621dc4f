// A peer that is nothing but a socket: it writes the bytes it is told to write and reads what comes.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { FrameParts } from "./wire.js";
import {
  closeStatusOf,
  readWireFrame,
  readWireHead,
  upgradeHead,
  type WireFrame,
  type WireHead,
  wireFrame,
} from "./wire.js";

interface After {
  after(hook: () => void): void;
}

export class RawPeer {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #hasEnded = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    const onEnd = (): void => {
      this.#hasEnded = true;
      this.#wake();
    };
    // A reset is one of the ways in which a connection ends; tests that care look at what came before.
    socket.on("end", onEnd).on("close", onEnd).on("error", onEnd);
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  sendFrame(parts: FrameParts): void {
    this.write(wireFrame(parts));
  }

  /** Exactly this many bytes. */
  read(byteLength: number): Promise<Buffer> {
    return this.#take((bytes) => {
      return bytes.length < byteLength
        ? undefined
        : { value: bytes.subarray(0, byteLength), end: byteLength };
    });
  }

  readHead(): Promise<WireHead> {
    return this.#take((bytes) => {
      const found = readWireHead(bytes);
      return found && { value: found.head, end: found.end };
    });
  }

  /** A response with a Content-Length and its body. */
  async readResponse(): Promise<WireHead & { body: string }> {
    const head = await this.readHead();
    const body = await this.read(Number(head.headers.get("content-length") ?? 0));
    return { ...head, body: body.toString() };
  }

  readFrame(): Promise<WireFrame> {
    return this.#take((bytes) => {
      const found = readWireFrame(bytes);
      return found && { value: found.frame, end: found.end };
    });
  }

  /** What the next frame, which must be a Close frame, says. */
  async readClose(): Promise<{ code: number; reason: string }> {
    return closeStatusOf(await this.readFrame());
  }

  /** Everything that still comes, once the other side has ended. */
  async readToEnd(): Promise<Buffer> {
    while (!this.#hasEnded) await this.#more();
    const rest = this.#received;
    this.#received = Buffer.alloc(0);
    return rest;
  }

  /** Opens a WebSocket by hand and answers the response's head. */
  async upgrade(headers: Record<string, string | undefined> = {}, target = "/"): Promise<WireHead> {
    this.write(upgradeHead(headers, target));
    const head = await this.readHead();
    assert.equal(head.status, 101);
    return head;
  }

  async #take<T>(parse: (bytes: Buffer) => { value: T; end: number } | undefined): Promise<T> {
    for (;;) {
      const found = parse(this.#received);
      if (found !== undefined) {
        this.#received = this.#received.subarray(found.end);
        return found.value;
      }
      if (this.#hasEnded) {
        throw new Error(
          `the connection ended; what had come was ${JSON.stringify(this.#received.toString("latin1"))}`,
        );
      }
      await this.#more();
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Connects to a port of this machine, or a unix socket; the socket is destroyed after the test. */
export async function openRaw(t: After, target: { port: number } | { path: string }): Promise<RawPeer> {
  const socket = connect("port" in target ? { host: "127.0.0.1", ...target, allowHalfOpen: true } : target);
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return new RawPeer(socket);
}
