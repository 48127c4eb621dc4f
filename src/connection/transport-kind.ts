// What carries a connection, as users are told.

const kinds = ["node", "uring", "uring+tls", "uring+ktls"] as const;

/** "node": Node's sockets, or a stream of the user's own. "uring": io_uring. Under TLS that is "uring+tls" (Node's TLS) or
 * "uring+ktls" (the kernel's). */
export type TransportKind = (typeof kinds)[number];

/** What a transport says that it is. One over a stream of another make may say anything. */
export function toTransportKind(said: string): TransportKind {
  return kinds.find((kind) => kind === said) ?? "node";
}
