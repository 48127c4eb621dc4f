// Programs, and more so their tests, take listeners off `_receiver`: "ping" for a peer that does not answer. Once somebody has
// looked at it, what comes in is told through its listeners, of which those that lead on are the first.

import type { IncomingSink } from "./incoming.js";
import type { Receiver } from "./receiver.js";

/** Leads on from the receiver's listeners to `sink`. What comes in belongs to what it returns. */
export function throughListeners(receiver: Receiver, sink: IncomingSink): IncomingSink {
  receiver.on("message", (data, isBinary) => sink.message(data, isBinary));
  receiver.on("ping", (data) => sink.ping(data));
  receiver.on("pong", (data) => sink.pong(data));
  receiver.on("conclude", (code, reason) => sink.conclude(code, reason));
  return {
    message: (data, isBinary) => receiver.message(data, isBinary),
    ping: (data) => receiver.ping(data),
    pong: (data) => receiver.pong(data),
    conclude: (code, reason) => void receiver.emit("conclude", code, reason),
    failed: (error) => sink.failed(error),
    caughtUp: () => sink.caughtUp(),
  };
}
