// What carries connections: Node's sockets, or a ring of the kernel's.

import type { ConnectionOptions, TlsOptions } from "node:tls";
import { kernelTls } from "../ktls/index.js";
import { describeValue, invalidArgument } from "../protocol/index.js";
import {
  type Dialer,
  isDealtToByPrimary,
  type Listener,
  type ListenerLayer,
  type ListenerSink,
  SocketListener,
  secureTransport,
  sharingProblem,
  socketDialer,
  TlsListener,
  type TlsListenerSink,
  type TlsSuccessor,
  type Transport,
  TransportError,
} from "../transport/index.js";
import { missingKernelTls, ringLoop, UringDialer, UringListener } from "../uring/index.js";

/** "node": Node's sockets. "uring": io_uring, or an error that says why not. "auto": what SLUICE_TRANSPORT
 * names, as if it had been asked for here, or else the ring, where it works. */
export type TransportChoice = "auto" | "node" | "uring";

const choices: readonly string[] = ["auto", "node", "uring"];

/** Throws `StateError` `INVALID_ARGUMENT` for what is no choice, `TransportError` `UNSUPPORTED_TRANSPORT` for a ring that cannot be
 * had, also where the environment demands it, which the caller may not have written, or names none that there is. */
export function checkTransport(choice: TransportChoice): void {
  if (!choices.includes(choice))
    throw invalidArgument(`transport is ${describeValue(choice)}; it takes "auto", "node" or "uring"`);
  const wanted = choice === "auto" ? environmentChoice() : choice;
  if (wanted === "uring") loopFor(choice);
}

/** What accepts connections: Node's sockets in a worker of node:cluster, unless a ring is demanded. What is accepted without shared reads can be put under TLS. */
export function createListener(
  choice: TransportChoice | undefined,
  sink: ListenerSink,
  hasSharedReads = true,
): Listener {
  return listenerOver(listeningLoop(choice, hasSharedReads), sink, hasSharedReads);
}

/** Why what accepts connections could not share its port, as far as can be told without listening; undefined where it may. Throws as
 * `checkTransport` does. */
export function portSharingProblem(
  choice: TransportChoice | undefined,
  isPlain: boolean,
): string | undefined {
  return listeningLoop(choice, isPlain) === undefined ? sharingProblem() : undefined;
}

/** What opens connections. Those that are not plain are put under TLS. */
export function createDialer(choice: TransportChoice | undefined, isPlain = true): Dialer {
  const loop = loopFor(choice, isPlain);
  return loop === undefined ? socketDialer : new UringDialer(loop);
}

const noLayer: ListenerLayer = (sink, listen) => listen(sink);

/** What accepts connections with TLS: Node's makes the handshakes, and the kernel's goes on with those that a ring carries. A
 * layer sees the connections before TLS does. */
export function createTlsListener(
  choice: TransportChoice | undefined,
  options: TlsOptions,
  sink: TlsListenerSink,
  layer = noLayer,
): TlsListener {
  const loop = listeningLoop(choice, false);
  const successor = loop && kernelSuccessor();
  const listen = (inner: ListenerSink): Listener =>
    layer(inner, (beneath) => listenerOver(loop, beneath, false));
  return new TlsListener(options, sink, listen, successor);
}

/** Puts TLS upon a connected transport, as `secureTransport` does; the kernel's goes on with it where it can. */
export function secure(
  transport: Transport,
  options: ConnectionOptions,
  deadline: AbortSignal,
): Promise<Transport> {
  const successor = transport.kind === "uring" ? kernelSuccessor() : undefined;
  return secureTransport(transport, options, deadline, successor);
}

function kernelSuccessor(): TlsSuccessor | undefined {
  return missingKernelTls() === undefined ? kernelTls : undefined;
}

type Loop = Exclude<ReturnType<typeof ringLoop>, string>;

function listeningLoop(choice: TransportChoice | undefined, isPlain: boolean): Loop | undefined {
  return choice !== "uring" && isDealtToByPrimary() ? undefined : loopFor(choice, isPlain);
}

function listenerOver(loop: Loop | undefined, sink: ListenerSink, hasSharedReads: boolean): Listener {
  return loop === undefined ? new SocketListener(sink, hasSharedReads) : new UringListener(loop, sink);
}

/** Where nobody has a wish, TLS stays on Node's sockets: it works upon those directly, and upon a ring through a stream. */
function loopFor(choice: TransportChoice = "auto", isPlain = true): Loop | undefined {
  const wanted = choice === "auto" ? environmentChoice() : choice;
  if (wanted === "node" || (wanted === "auto" && !isPlain)) return undefined;
  const loop = ringLoop();
  if (typeof loop !== "string") return loop;
  if (wanted === "auto") return undefined;
  const demand = choice === "auto" ? "SLUICE_TRANSPORT=uring" : 'transport "uring"';
  throw new TransportError("UNSUPPORTED_TRANSPORT", `${demand} is not available: ${loop}`);
}

/** What SLUICE_TRANSPORT says that "auto" is, for a whole program, and for our tests. */
function environmentChoice(): string {
  const wanted = process.env.SLUICE_TRANSPORT || "auto";
  if (choices.includes(wanted)) return wanted;
  const known = choices.map((name) => `"${name}"`).join(", ");
  throw new TransportError("UNSUPPORTED_TRANSPORT", `SLUICE_TRANSPORT=${wanted} is not known; ${known} are`);
}
