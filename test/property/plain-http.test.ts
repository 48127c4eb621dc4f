import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import type { HttpBody, ServerHandlers, ServerOptions } from "sluice";
import { seeded } from "../support/property-seed.js";
import { startServer } from "../support/sluice-server.js";
import { headOf, upgradeHead } from "../support/wire.js";

const options: ServerOptions = { closeTimeoutMs: 50, handshakeTimeoutMs: 100 };

/** Requests and parts of requests, in an order that often makes no sense. */
const pieces = [
  headOf("GET / HTTP/1.1", "Host: x"),
  headOf("HEAD / HTTP/1.0", "Connection: keep-alive"),
  headOf("GET / HTTP/1.1", "Host: x", "Connection: close"),
  headOf("GET http://x/ HTTP/1.1", "Host: x"),
  headOf("GET / HTTP/1.1", "Host: 1.2.3.4.5"),
  headOf("OPTIONS * HTTP/1.1", "Host: x"),
  headOf("TRACE / HTTP/1.1", "Host: x"),
  headOf("CONNECT x:80 HTTP/1.1", "Host: x:80"),
  headOf("GET / HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: h2c"),
  `${headOf("POST / HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: h2c", "Content-Length: 2")}hi`,
  `${headOf("POST / HTTP/1.1", "Host: x", "Content-Length: 5")}hello`,
  headOf("POST / HTTP/1.1", "Host: x", "Content-Length: 70000"),
  headOf("POST / HTTP/1.1", "Host: x", "Content-Length: 400000", "Expect: 100-continue"),
  headOf("POST / HTTP/1.1", "Host: x", "Transfer-Encoding: chunked"),
  "5\r\nhello\r\n",
  "0\r\n\r\n",
  "x".repeat(70_000),
  "GET / HT",
  "\r\n",
  upgradeHead(),
];

interface Visit {
  bytes: string[];
  /** Where one byte is replaced, as a fraction of all, and by what. */
  fault: [number, number] | null;
  how: "ends" | "leaves" | "resets";
}

const visit: fc.Arbitrary<Visit> = fc.record({
  bytes: fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }),
  fault: fc.option(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), { freq: 4 }),
  how: fc.constantFrom("ends", "leaves", "resets"),
});

/** Reads as much as the path of the count says, and answers in as many ways. */
function handlersFor(kind: "request" | "fetch", reported: unknown[]): ServerHandlers {
  let count = 0;
  const read = async (
    body: AsyncIterable<Uint8Array> | null,
    text: () => Promise<unknown>,
  ): Promise<HttpBody> => {
    count++;
    if (count % 3 === 0) await text();
    else if (count % 3 === 1) for await (const _chunk of body ?? []) break;
    const bodies: HttpBody[] = [
      "hello",
      null,
      new Uint8Array(100_000),
      new Blob(["x".repeat(50_000)]).stream(),
    ];
    return bodies[count % bodies.length];
  };
  const error: ServerHandlers["error"] = (ws, problem) => {
    if (ws === undefined) reported.push(problem);
  };
  if (kind === "request") {
    return { error, request: async (request) => ({ body: await read(request.body, () => request.text()) }) };
  }
  return {
    error,
    fetch: async (request) =>
      new Response((await read(request.body as never, () => request.text())) as string | null),
  };
}

async function send(port: number, { bytes, fault, how }: Visit): Promise<string> {
  const data = Buffer.from(bytes.join(""), "latin1");
  if (fault !== null) data[Math.floor(fault[0] * data.length)] = fault[1];
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: how !== "leaves" });
  socket.on("error", () => {});
  let received = "";
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1").slice(0, 1000);
  });
  const closed = once(socket, "close");
  if (how === "ends") socket.end(data).on("end", () => socket.destroy());
  else socket.write(data, () => (how === "resets" ? socket.resetAndDestroy() : socket.end()));
  await closed;
  return received;
}

for (const kind of ["request", "fetch"] as const) {
  test(`whatever a client sends to a ${kind} handler, it causes no 500, no error, and leaves nothing behind`, async (t) => {
    const reported: unknown[] = [];
    const warnings: unknown[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    t.after(() => process.off("warning", onWarning));
    const { port, server } = await startServer(t, handlersFor(kind, reported), options);
    const visits = fc.asyncProperty(fc.array(visit, { minLength: 8, maxLength: 8 }), async (guests) => {
      const answers = await Promise.all(guests.map((guest) => send(port, guest)));
      for (const answer of answers) assert.doesNotMatch(answer, /HTTP\/1\.1 500/);
      assert.deepEqual(reported, []);
    });
    await fc.assert(visits, seeded(t, 25));
    // Every connection has ended by itself, or does so within its time.
    await server.close({ timeoutMs: 60_000 });
    assert.deepEqual(warnings, []);
  });
}
