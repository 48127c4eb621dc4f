// Reading a connection to its end, as applications do.

import { ClosedError, type Connection } from "#src/connection/index.js";

/** Reads everything there will be; resolves with what was read, and with the error at the end if there was one. */
export async function readAll<T>(messages: AsyncIterable<T>): Promise<{ read: T[]; error: unknown }> {
  const read: T[] = [];
  try {
    for await (const message of messages) read.push(message);
  } catch (error) {
    return { read, error };
  }
  return { read, error: undefined };
}

export function isClosedError(code: number): (error: unknown) => boolean {
  return (error) =>
    error instanceof ClosedError && error.closeCode === code && error.code === "CONNECTION_CLOSED";
}

/** Which side of TCP still moves: what the peer's transport could not hand over. */
export function waitingBytes(connection: Connection): number {
  return connection.link.transport.pendingBytes;
}
