// The other end of a connection, made of a TCP socket and a text editor: it shakes hands with strings, sends exactly the
// bytes it is told to, in the pieces it is told to, and shows exactly what came back. Nothing in it is the library's.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { encodeFrame, FrameReader, type OutgoingFrame, type ReceivedFrame } from "./wire-frame.js";

/** How frames are cut into writes. A number: pieces of that many bytes, whatever they cut. */
export type Arrival = "together" | "frame by frame" | number;

/** Lets every socket of this process that has something to read, read it. */
export async function turn(): Promise<void> {
  // The first immediate may still belong to the round of the event loop that wrote; sockets are read before the second.
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** RFC 6455 §1.3: the key and a fixed string, hashed. */
function acceptValue(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

export class WirePeer {
  readonly role: "client" | "server";
  /** Sec-WebSocket-Extensions as the other end sent it. */
  extensions: string | undefined;
  /** Masking keys of the frames that came. */
  readonly receivedKeys: string[] = [];
  /** The other end has ended its half of TCP. */
  hasEnded = false;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  #head: string | undefined = "";
  #headLine = "";
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  #maskSeed = 0x12345678;

  constructor(socket: Socket, role: "client" | "server") {
    this.role = role;
    this.#socket = socket.setNoDelay();
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("end", () => {
      this.hasEnded = true;
      this.#changed();
    });
    socket.on("error", (error) => {
      this.#error = error;
      this.#changed();
    });
  }

  /** Connects as a client. `frames` leave in one write with the request. */
  static async dial(
    port: number,
    extensions?: string,
    frames: readonly OutgoingFrame[] = [],
  ): Promise<WirePeer> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const peer = new WirePeer(socket, "client");
    const key = randomBytes(16).toString("base64");
    const lines = ["GET / HTTP/1.1", `Host: 127.0.0.1:${port}`, "Upgrade: websocket", "Connection: Upgrade"];
    lines.push(`Sec-WebSocket-Key: ${key}`, "Sec-WebSocket-Version: 13");
    if (extensions !== undefined) lines.push(`Sec-WebSocket-Extensions: ${extensions}`);
    peer.#writeHead(lines, frames);
    const headers = await peer.#readHead(/^HTTP\/1\.1 101 /);
    assert.equal(headers.get("sec-websocket-accept"), acceptValue(key));
    peer.extensions = headers.get("sec-websocket-extensions");
    return peer;
  }

  /** Answers a client's request. `frames` leave in one write with the response. */
  static async answer(
    socket: Socket,
    chooseExtensions: (offered: string | undefined) => string | undefined,
    frames: readonly OutgoingFrame[] = [],
  ): Promise<WirePeer> {
    const peer = new WirePeer(socket, "server");
    const headers = await peer.#readHead(/^GET \S+ HTTP\/1\.1$/);
    peer.extensions = headers.get("sec-websocket-extensions");
    const extensions = chooseExtensions(peer.extensions);
    const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    lines.push(`Sec-WebSocket-Accept: ${acceptValue(headers.get("sec-websocket-key") ?? "")}`);
    if (extensions !== undefined) lines.push(`Sec-WebSocket-Extensions: ${extensions}`);
    peer.#writeHead(lines, frames);
    return peer;
  }

  /** The bytes of a frame as this role sends it: masked by a client (RFC 6455 §5.1), unless the frame says otherwise. */
  encode(outgoing: OutgoingFrame): Buffer {
    const isMasked = outgoing.isMasked ?? this.role === "client";
    return encodeFrame(outgoing, isMasked ? (outgoing.maskKey ?? this.#nextMaskKey()) : undefined);
  }

  /** Each piece is read by the other end before the next one leaves. */
  async send(frames: readonly OutgoingFrame[], arrival: Arrival = "together"): Promise<void> {
    const encoded = frames.map((each) => this.encode(each));
    if (arrival === "frame by frame") await this.writePieces(encoded);
    else await this.writePieces(cut(Buffer.concat(encoded), arrival === "together" ? Infinity : arrival));
  }

  async writePieces(pieces: readonly Buffer[]): Promise<void> {
    for (const piece of pieces) {
      const isTaken = this.#socket.write(piece);
      await turn();
      if (!isTaken && this.#socket.writableNeedDrain) await once(this.#socket, "drain");
    }
  }

  /** The next frame; undefined when the other end has ended its half, which must be between two frames. */
  async nextFrame(): Promise<ReceivedFrame | undefined> {
    for (;;) {
      const received = this.#reader.next();
      if (received !== undefined) {
        // RFC 6455 §5.1: a client masks every frame, a server masks none.
        assert.equal(
          received.maskKey !== undefined,
          this.role === "server",
          "the mask bit of a received frame",
        );
        if (received.maskKey !== undefined) this.receivedKeys.push(received.maskKey.join("."));
        return received;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.hasEnded) {
        assert.equal(
          this.#reader.pendingBytes,
          0,
          "bytes of an unfinished frame before the end of the stream",
        );
        return undefined;
      }
      await this.#change();
    }
  }

  /** Ends this half of TCP. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #writeHead(lines: readonly string[], frames: readonly OutgoingFrame[]): void {
    const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
    this.#socket.write(Buffer.concat([head, ...frames.map((each) => this.encode(each))]));
  }

  #nextMaskKey(): number[] {
    this.#maskSeed = (Math.imul(this.#maskSeed, 1_664_525) + 1_013_904_223) >>> 0;
    return [24, 16, 8, 0].map((shift) => (this.#maskSeed >>> shift) & 0xff);
  }

  #receive(chunk: Buffer): void {
    if (this.#head === undefined) {
      this.#reader.push(chunk);
      this.#changed();
      return;
    }
    this.#head += chunk.toString("latin1");
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const rest = Buffer.from(this.#head.slice(end + 4), "latin1");
    this.#headLine = this.#head.slice(0, end);
    this.#head = undefined;
    if (rest.length > 0) this.#reader.push(rest);
    this.#changed();
  }

  async #readHead(startLine: RegExp): Promise<Map<string, string>> {
    while (this.#head !== undefined) {
      if (this.#error !== undefined) throw this.#error;
      if (this.hasEnded) throw new Error(`the stream ended in the head: ${JSON.stringify(this.#head)}`);
      await this.#change();
    }
    const [first, ...lines] = this.#headLine.split("\r\n");
    assert.match(first, startLine);
    return new Map(
      lines.map((line) => [line.split(":", 1)[0].toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
    );
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Something came: bytes, the end of the stream, or an error. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

function cut(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

/** A listening socket whose connections become peers in the role of the server. */
export class WireListener {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(): Promise<WireListener> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new WireListener(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async accept(): Promise<Socket> {
    const [socket] = (await once(this.#server, "connection")) as [Socket];
    return socket;
  }

  close(): void {
    this.#server.close();
  }
}
