// The hand-over from Node's TLS to the kernel's, where that is possible; where it is not, nothing has happened.

import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import {
  type TlsRole,
  type TlsSuccessor,
  type Transport,
  TransportError,
  toHandshakeStream,
} from "../transport/index.js";
import { attachKernelTls, UringTransport } from "../uring/index.js";
import { HandshakeWatch } from "./handshake-watch.js";
import { KernelKeys } from "./kernel-keys.js";
import { KtlsTransport } from "./ktls-transport.js";
import { RecordStream } from "./record-stream.js";

export const kernelTls: TlsSuccessor = {
  streamFor(transport: Transport, role: TlsRole): Duplex {
    return transport instanceof UringTransport
      ? new RecordStream(transport, new HandshakeWatch(role))
      : toHandshakeStream(transport);
  },

  keyLogged(stream: Duplex, line: Buffer): void {
    if (stream instanceof RecordStream) stream.watch.keyLog.note(line);
  },

  async succeed(stream: Duplex, socket: TLSSocket): Promise<Transport | undefined> {
    if (!(stream instanceof RecordStream)) return undefined;
    try {
      return await handOver(stream, socket);
    } finally {
      stream.watch.wipe();
    }
  },
};

async function handOver(stream: RecordStream, socket: TLSSocket): Promise<Transport | undefined> {
  // Node's TLS says that the handshake is complete before it has sent all that belongs to it.
  await new Promise((resolve) => setImmediate(resolve));
  const { watch } = stream;
  // An older TLS has no such record, and goes on record by record until now.
  const isKnown = watch.hasPeerFinished && !watch.isLost;
  const tickets = isKnown ? watch.countTickets(stream.held) : undefined;
  if (tickets === undefined) {
    stream.goOn();
    return undefined;
  }
  stream.sendHeld();
  await stream.left();
  if (stream.destroyed)
    throw new TransportError("CONNECTION_RESET", "the connection ended with its TLS handshake");
  const successor = watch.isLost ? undefined : takeOver(stream, tickets);
  if (successor === undefined) stream.goOn();
  else {
    stream.detach();
    socket.destroy();
  }
  return successor;
}

/** Undefined when the kernel does not take the keys, and everything is as before. */
function takeOver({ watch, transport }: RecordStream, sequence: number): KtlsTransport | undefined {
  const { suite } = watch;
  const [ours, theirs] = [watch.trafficSecret("ours"), watch.trafficSecret("theirs")];
  if (suite === undefined || ours === undefined || theirs === undefined) return undefined;
  if (attachKernelTls(transport) < 0) return undefined;
  const sendKeys = new KernelKeys(transport, "send", suite, ours);
  const receiveKeys = new KernelKeys(transport, "receive", suite, theirs);
  const refusal = sendKeys.install(sequence);
  const error = refusal ?? receiveKeys.install(0);
  if (error === undefined) return new KtlsTransport(transport, watch.role, sendKeys, receiveKeys);
  sendKeys.wipe();
  receiveKeys.wipe();
  // A kernel without the cipher says so at once. Once it has what is sent, there is no way back.
  if (refusal !== undefined) return undefined;
  const text = `the kernel's TLS took the keys of one direction and not of the other (${error.message})`;
  throw new TransportError("TLS_FAILED", text, { cause: error.cause });
}
