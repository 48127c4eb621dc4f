// A server of ours for one test, and the ways in which tests look at it.

import {
  createServer,
  type ServerAddress,
  type ServerHandlers,
  type ServerOptions,
  type UnifiedHandler,
  type WebSocketConnection,
  type WebSocketServer,
} from "sluice";

interface After {
  after(hook: () => Promise<void>): void;
}

export interface RunningServer<Context> extends ServerAddress {
  readonly server: WebSocketServer<Context>;
}

/** Listens on a free port of 127.0.0.1 until the test is over. */
export async function startServer<Context = unknown>(
  t: After,
  handlers: ServerHandlers<Context> | UnifiedHandler,
  options: ServerOptions = {},
): Promise<RunningServer<Context>> {
  const server = createServer<Context>(handlers, options);
  t.after(() => server.close({ timeoutMs: 0 }));
  const address = await server.listen({ port: 0, host: "127.0.0.1" });
  return { server, ...address };
}

/** Sends every message back. */
export const echo: ServerHandlers = {
  message(ws, data, isBinary) {
    ws.send(data, { binary: isBinary });
  },
};

/** A handler to pass and a promise for its first call. */
export function firstCall<Args extends unknown[]>(): { handler(...args: Args): void; called: Promise<Args> } {
  let resolve: (args: Args) => void = () => {};
  const called = new Promise<Args>((settle) => {
    resolve = settle;
  });
  return { handler: (...args) => resolve(args), called };
}

/** The next text or binary message. The loop stays open for the next call. */
export async function nextMessage<Context>(ws: WebSocketConnection<Context>): Promise<string | Uint8Array> {
  const { done, value } = await ws[Symbol.asyncIterator]().next();
  if (done) throw new Error("the connection ended without a further message");
  return value;
}
