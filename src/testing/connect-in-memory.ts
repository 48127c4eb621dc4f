// A client of a server that listens nowhere. Only the wire is missing: handshakes, limits, deadlines and backpressure are
// those of every other connection, so that a test finds what a user would find.

import { type ConnectOptions, connect, connectTableWithout, type DialOptions } from "../client/index.js";
import type { WebSocketConnection } from "../connection/index.js";
import { checkOptions, describeValue, invalidArgument } from "../protocol/index.js";
import { deliver, type WebSocketServer } from "../server/index.js";
import { createMemoryPair, toStream } from "../transport/index.js";

/** What `connectInMemory` takes: the options of `connect` without those that choose a way to the server. */
export type InMemoryOptions = Omit<ConnectOptions, keyof DialOptions>;

const isMemory = "leave it out, the way to the server is memory";
const optionTable = connectTableWithout("connectInMemory", {
  createConnection: isMemory,
  socketPath: isMemory,
  proxy: isMemory,
  lookup: isMemory,
  tls: isMemory,
  transport: isMemory,
} satisfies Record<keyof DialOptions, string>);

/**
 * Opens a connection to a server of `createServer`, which need not listen, through memory. `path` is what is asked for,
 * such as "/room?id=1"; default "/". Rejects as `connect` does: with `HandshakeError` where the server refuses. Throws
 * `StateError` `INVALID_ARGUMENT` for another server, another path and other options.
 */
export async function connectInMemory<Context = unknown>(
  server: WebSocketServer,
  path = "/",
  options: InMemoryOptions & { context?: Context | undefined } = {},
): Promise<WebSocketConnection<Context>> {
  if (typeof path !== "string" || !path.startsWith("/"))
    throw invalidArgument(`the path of connectInMemory is ${describeValue(path)}; it begins with a slash`);
  checkOptions(options, optionTable);
  return connect<Context>(`ws://localhost${path}`, {
    ...options,
    createConnection: () => {
      const [near, far] = createMemoryPair();
      deliver(server, far);
      return toStream(near);
    },
  });
}
