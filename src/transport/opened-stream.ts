// Waiting for a stream of Node's to be connected, or encrypted, within a deadline.

import type { Socket } from "node:net";
import { toTransportError } from "./errors.js";

/** Resolves with the stream at its event. On failure, with a `TransportError` or the deadline's reason, the stream is
 * destroyed. `begin` starts what leads to the event, unless the deadline has passed. */
export function openedStream<S extends Socket>(
  stream: S,
  event: "connect" | "secureConnect",
  deadline: AbortSignal,
  begin: () => void = () => {},
): Promise<S> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      stream.off(event, onOpen).off("error", onError).off("close", onClose);
      deadline.removeEventListener("abort", onAbort);
    };
    const fail = (error: unknown): void => {
      finish();
      stream.on("error", () => {});
      stream.destroy();
      reject(error);
    };
    const onOpen = (): void => {
      finish();
      resolve(stream);
    };
    const onError = (error: Error): void => fail(toTransportError(error));
    const onClose = (): void => {
      const error = new Error("the connection ended before it was open");
      fail(toTransportError(Object.assign(error, { code: "ECONNRESET" })));
    };
    const onAbort = (): void => fail(deadline.reason);
    stream.on(event, onOpen).on("error", onError).on("close", onClose);
    deadline.addEventListener("abort", onAbort);
    if (deadline.aborted) onAbort();
    else begin();
  });
}
