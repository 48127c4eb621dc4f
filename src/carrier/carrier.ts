// What carries connections: Node's sockets, or a ring of the kernel's.

import {
  type Dialer,
  type Listener,
  type ListenerSink,
  SocketListener,
  socketDialer,
  TransportError,
} from "../transport/index.js";
import { ringLoop, UringDialer, UringListener } from "../uring/index.js";

/** "node": Node's sockets. "uring": io_uring, or an error that says why not. "auto": the ring where it works. */
export type TransportChoice = "auto" | "node" | "uring";

const choices: readonly string[] = ["auto", "node", "uring"];

/** Throws `TransportError` `UNSUPPORTED_TRANSPORT` for what is no choice, and for a ring that cannot be had. */
export function checkTransport(choice: TransportChoice): void {
  if (!choices.includes(choice)) {
    const text = `transport ${String(choice)} is not known; ${choices.map((name) => `"${name}"`).join(", ")} are`;
    throw new TransportError("UNSUPPORTED_TRANSPORT", text);
  }
  if (choice === "uring") loopFor(choice);
}

/** What accepts connections. What is accepted without shared reads can be put under TLS. */
export function createListener(
  choice: TransportChoice | undefined,
  sink: ListenerSink,
  hasSharedReads = true,
): Listener {
  const loop = loopFor(choice);
  return loop === undefined ? new SocketListener(sink, hasSharedReads) : new UringListener(loop, sink);
}

/** What opens connections. */
export function createDialer(choice: TransportChoice | undefined): Dialer {
  const loop = loopFor(choice);
  return loop === undefined ? socketDialer : new UringDialer(loop);
}

function loopFor(choice: TransportChoice = "auto"): Exclude<ReturnType<typeof ringLoop>, string> | undefined {
  const wanted = choice === "auto" ? (process.env.SLUICE_TRANSPORT ?? "node") : choice;
  if (wanted === "node") return undefined;
  const loop = ringLoop();
  if (typeof loop !== "string") return loop;
  if (choice === "auto") return undefined;
  throw new TransportError("UNSUPPORTED_TRANSPORT", `transport "uring" is not available: ${loop}`);
}
