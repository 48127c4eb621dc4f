// What somebody without the keys can put into a connection with TLS: it ends that connection, and nothing else.

import assert from "node:assert/strict";
import { connect as connectTcp, createServer as createTcpServer, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { before, describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { connect, HttpClient, type TransportChoice, TransportError } from "sluice";
import { probe } from "sluice/uring";
import { type Certificates, makeCertificates } from "../support/certificates.js";
import { hasTool, type TestContext } from "../support/outside-process.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";
import { turns } from "../unit/transport/recording-sink.js";

const ROUNDS = 15;
/** A record of TLS as its header says, that nobody with the keys has made. */
const badRecord = Buffer.from([23, 3, 3, 0, 40, ...Buffer.alloc(40, 7)]);
const transports: readonly TransportChoice[] = probe().uring.isAvailable ? ["node", "uring"] : ["node"];

let certificates: Certificates | undefined;
before((t) => {
  if (hasTool(t as never, "openssl", ["version"])) certificates = makeCertificates();
});

function given(t: TestContext): Certificates {
  if (certificates === undefined) t.skip("there is no openssl to make certificates with");
  return certificates ?? ({} as Certificates);
}

/** A connection beneath TLS that takes bytes from somebody else as well. */
class Tampering extends Duplex {
  readonly #socket: Socket;

  constructor(port: number) {
    super();
    this.#socket = connectTcp({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.on("data", (chunk) => this.push(chunk)).on("close", () => this.push(null));
    this.#socket.on("error", () => {});
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#socket.write(chunk, () => done());
  }

  /** Puts bytes behind what has been written. */
  tamper(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

/** Sends a frame and, so many turns later, a bad record, over a WebSocket that is open. Resolves when the connection has ended. */
async function attack(port: number, ca: string, turnsBetween: number): Promise<void> {
  const carrier = new Tampering(port);
  const socket = connectTls({ socket: carrier, servername: "localhost", ca });
  socket.on("error", () => {});
  const ended = new Promise<void>((resolve) => carrier.once("close", resolve));
  const upgrade = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
  socket.write(`${upgrade}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
  socket.once("data", () => {
    socket.write(Buffer.from([0x81, 0x85, 0, 0, 0, 0, ...Buffer.from("hello")]));
    void turns(turnsBetween).then(() => carrier.tamper(badRecord));
  });
  socket.on("end", () => socket.destroy());
  await ended;
}

/** Listens between a client and the server's port. What the server's first flight is followed by is decided by `behind`. */
async function listenBetween(t: Context, target: number, behind: (client: Socket) => void): Promise<number> {
  const relay = createTcpServer((client) => {
    const server = connectTcp(target, "127.0.0.1");
    for (const socket of [client, server]) socket.on("error", () => {}).setNoDelay();
    client.on("data", (chunk) => server.write(chunk)).on("close", () => server.destroy());
    server.once("data", (flight) => {
      client.write(flight);
      behind(client);
      server.on("data", (chunk) => client.write(chunk));
    });
    server.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  t.after(() => void relay.close());
  return (relay.address() as { port: number }).port;
}

interface Context extends TestContext {
  after(hook: () => Promise<void> | void): void;
}

for (const transport of transports) {
  describe(`somebody without the keys, on ${transport}`, () => {
    for (const maxVersion of ["TLSv1.3", "TLSv1.2"] as const) {
      test(`ends only the connection that a bad record is put into, within ${maxVersion}`, async (t) => {
        const { ca, server } = given(t);
        const { url, port } = await startServer(t, echo, { transport, tls: { ...server, maxVersion } });
        const uncaught: unknown[] = [];
        const onUncaught = (error: unknown): void => void uncaught.push(error);
        process.on("uncaughtExceptionMonitor", onUncaught);
        t.after(() => void process.off("uncaughtExceptionMonitor", onUncaught));
        for (let round = 0; round < ROUNDS; round++) await attack(port, String(ca), round);
        const ws = await connect(url, { transport, tls: { ca } });
        ws.send("still there");
        assert.equal(await nextMessage(ws), "still there");
        await ws.close();
        assert.deepEqual(uncaught, []);
      });
    }

    for (const [what, code, behind] of [
      ["a bad record", "TLS_FAILED", (client: Socket) => void client.write(badRecord)],
      ["a reset", "CONNECTION_RESET", (client: Socket) => void setImmediate(() => client.resetAndDestroy())],
      ["the end of the connection", "CONNECTION_ENDED", (client: Socket) => void client.end()],
    ] as const) {
      test(`ends an attempt to connect with an error, by ${what} behind the server's handshake`, async (t) => {
        const { ca, server } = given(t);
        const { port } = await startServer(t, echo, { transport: "node", tls: server });
        const between = await listenBetween(t, port, behind);
        const options = { transport, tls: { ca } };
        for (let round = 0; round < ROUNDS; round++) {
          const attempts = [
            connect(`wss://localhost:${between}`, options),
            new HttpClient(options).get(`https://localhost:${between}`),
          ];
          for (const { reason } of (await Promise.allSettled(attempts)) as PromiseRejectedResult[]) {
            const isTold =
              reason?.code === code || (code === "CONNECTION_ENDED" && reason instanceof TransportError);
            assert.ok(isTold, String(reason?.code));
          }
        }
      });
    }
  });
}
