import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, Socket } from "node:net";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { type DialOptions, resolveDialOptions } from "#src/client/connect-options.js";
import { dial as dialAsResolved } from "#src/client/dial.js";
import { parseWebSocketUrl } from "#src/client/target.js";
import type { WebSocketTarget } from "#src/handshake/index.js";
import { type Transport, toStream } from "#src/transport/index.js";

const target = parseWebSocketUrl("ws://127.0.0.1:1/").target;

function dial(to: WebSocketTarget, options: DialOptions, deadline: AbortSignal): Promise<Transport> {
  return dialAsResolved(to, resolveDialOptions(options), deadline);
}

function noDeadline(): AbortSignal {
  return new AbortController().signal;
}

describe("dial", () => {
  test("answers a transport over the caller's own stream, and tells what for", async () => {
    const stream = new PassThrough();
    const asked: unknown[] = [];
    const createConnection = (given: unknown): PassThrough => {
      asked.push(given);
      return stream;
    };
    assert.equal(toStream(await dial(target, { createConnection }, noDeadline())), stream);
    assert.deepEqual(asked, [target]);
    const later = await dial(target, { createConnection: async () => stream }, noDeadline());
    assert.equal(toStream(later), stream);
  });

  test("sends nothing that was to be secret over a stream of the caller's without TLS", async () => {
    const { target: secure } = parseWebSocketUrl("wss://a.test/b");
    for (const stream of [new PassThrough(), new Socket()]) {
      await assert.rejects(dial(secure, { createConnection: () => stream }, noDeadline()), {
        name: "StateError",
        code: "INVALID_ARGUMENT",
        message:
          "createConnection answered a stream without TLS for wss://a.test; it has to answer one whose encrypted is true, such as that of tls.connect",
      });
      assert.equal(stream.destroyed, true);
    }
  });

  test("takes a stream of any make under TLS that says so", async () => {
    const stream = Object.assign(new PassThrough(), { encrypted: true });
    const { target: secure } = parseWebSocketUrl("wss://a.test/");
    for (const to of [secure, target]) {
      const transport = await dial(to, { createConnection: () => stream }, noDeadline());
      assert.equal(transport.isSecure, true);
    }
  });

  test("passes on what the caller's own dialling fails with", async () => {
    const failure = new Error("no");
    const createConnection = (): Promise<PassThrough> => Promise.reject(failure);
    await assert.rejects(dial(target, { createConnection }, noDeadline()), (error) => error === failure);
  });

  test("does not wait for the caller's stream when time is over, and destroys what comes late", async () => {
    const deadline = new AbortController();
    const late = new PassThrough();
    const { promise, resolve } = withResolve<PassThrough>();
    const dialled = dial(target, { createConnection: () => promise }, deadline.signal);
    deadline.abort("time is over");
    await assert.rejects(dialled, (reason) => reason === "time is over");
    resolve(late);
    await once(late, "close");
    assert.equal(late.destroyed, true);
  });

  test("connects with TCP, and reads nothing before somebody listens", async (t) => {
    const server = createServer((socket) => socket.end("hello"));
    t.after(() => server.close());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const transport = await dial(parseWebSocketUrl(`ws://127.0.0.1:${port}/`).target, {}, noDeadline());
    t.after(() => transport.destroy());
    const stream = toStream(transport);
    // A socket is paused, another stream has not begun: neither flows.
    assert.notEqual(stream.readableFlowing, true);
    const [chunk] = (await Promise.all([once(stream, "data"), stream.resume()]))[0];
    assert.equal(String(chunk), "hello");
  });

  test("asks the caller's resolver for names", async () => {
    const lookup = ((name: string, _options: object, done: (error: Error) => void) =>
      done(Object.assign(new Error(`no ${name}`), { code: "ENOTFOUND" }))) as never;
    await assert.rejects(dial(parseWebSocketUrl("ws://some.test/").target, { lookup }, noDeadline()), {
      name: "TransportError",
      message: /some\.test/,
    });
  });

  test("fails with a TransportError where nobody listens", async () => {
    await assert.rejects(dial(target, {}, noDeadline()), {
      name: "TransportError",
      code: "CONNECTION_REFUSED",
    });
    const socketPath = `/nowhere/${process.pid}.sock`;
    await assert.rejects(dial(target, { socketPath }, noDeadline()), { name: "TransportError" });
  });

  for (const proxy of ["socks5://127.0.0.1:1", "nothing", "http://"]) {
    test(`reaches nothing through ${proxy}`, async () => {
      await assert.rejects(dial(target, { proxy }, noDeadline()), {
        name: "HandshakeError",
        code: "PROXY_INVALID",
      });
    });
  }

  test("opens nothing when time is over already", async () => {
    await assert.rejects(dial(target, {}, AbortSignal.abort("too late")), (reason) => reason === "too late");
  });
});

function withResolve<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
