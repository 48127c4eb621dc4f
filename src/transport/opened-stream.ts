// Waiting for a stream of Node's to be connected, or encrypted, within a deadline.

import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { toTransportError } from "./errors.js";

/** Has an error end the stream, which remembers it (`errored`): for as long as nobody else listens. */
export function endAtError(stream: Duplex): void {
  stream.on("error", destroyWith);
}

function destroyWith(this: Duplex, error: Error): void {
  this.destroy(error);
}

/** Resolves with the stream at its event. From then on an error ends it, whoever has it. On failure, with a `TransportError` or the deadline's reason, the stream is
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
      // Whoever waits for this comes to it later, and more may have happened until then.
      endAtError(stream);
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
