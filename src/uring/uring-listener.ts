// Accepting through the ring: one multishot accept, whose descriptors become transports as they come.

import { unlinkSync } from "node:fs";
import type { BoundAddress, ListenAddress, Listener, ListenerSink } from "../transport/index.js";
import * as abi from "./abi.js";
import { type ListeningSocket, openListeningSocket } from "./listening-socket.js";
import type { RingOwner } from "./ring.js";
import type { RingLoop } from "./ring-loop.js";
import { systemError } from "./system-error.js";
import { UringTransport } from "./uring-transport.js";

const ACCEPT = 1;
const CANCEL = 2;
const POLL = 3;
/** When there are no descriptors left, trying again at once would only spin. */
const RETRY_MS = 100;

export class UringListener implements Listener {
  readonly #loop: RingLoop;
  readonly #sink: ListenerSink;
  /** The socket that is being looked up and bound. */
  #opening: Promise<ListeningSocket> | undefined;
  #acceptor: Acceptor | undefined;

  constructor(loop: RingLoop, sink: ListenerSink) {
    this.#loop = loop;
    this.#sink = sink;
  }

  get isListening(): boolean {
    return this.#opening !== undefined || this.#acceptor !== undefined;
  }

  get descriptor(): number | undefined {
    return this.#acceptor?.fd;
  }

  async listen(address: ListenAddress): Promise<BoundAddress> {
    const opening = openListeningSocket(this.#loop.native, address);
    this.#opening = opening;
    try {
      const socket = await opening;
      const acceptor = new Acceptor(this.#loop, this.#sink, socket);
      // Whoever closed it meanwhile gets what a close right after would have left.
      if (this.#opening === opening) this.#acceptor = acceptor;
      else acceptor.close();
      return socket.bound;
    } finally {
      if (this.#opening === opening) this.#opening = undefined;
    }
  }

  async leave(): Promise<void> {
    this.#opening = undefined;
    const acceptor = this.#acceptor;
    this.#acceptor = undefined;
    await acceptor?.leave();
  }

  close(): void {
    this.#opening = undefined;
    this.#acceptor?.close();
    this.#acceptor = undefined;
  }
}

/** One listening socket, from its first accept to its last completion. */
class Acceptor implements RingOwner {
  readonly #loop: RingLoop;
  readonly #sink: ListenerSink;
  readonly fd: number;
  /** Others may have the socket too. */
  readonly #isInherited: boolean;
  readonly #path: string | undefined;
  readonly #slot: number;
  #underWay = 0;
  #isClosed = false;
  /** It is closed, and what has been accepted meanwhile is handed out all the same. */
  #onLeft: (() => void) | undefined;
  /** An accept has waited since the queue of the socket was found empty. */
  #hasWaited = true;
  /** The queue was looked at, and is not empty. */
  #isSomebodyThere = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(loop: RingLoop, sink: ListenerSink, { fd, bound, isInherited }: ListeningSocket) {
    this.#loop = loop;
    this.#sink = sink;
    this.fd = fd;
    this.#isInherited = isInherited;
    this.#path = "path" in bound && !isInherited ? bound.path : undefined;
    this.#slot = loop.ring.claimSlot(this);
    loop.keepAlive(true);
    this.#accept();
  }

  close(): void {
    if (this.#path !== undefined) removeSocketFile(this.#path);
    // Whoever connects from now on is refused, though the accept holds the socket for a moment longer.
    if (this.#underWay > 0 && !this.#isInherited) this.#loop.native.socketShutdown(this.fd, abi.SHUT_RDWR);
    this.#stop();
  }

  leave(): Promise<void> {
    return new Promise((resolve) => {
      this.#onLeft = resolve;
      this.#stop();
    });
  }

  #stop(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#loop.keepAlive(false);
    if (this.#underWay === 0) {
      this.#finish();
      return;
    }
    this.#cancel();
  }

  completed(kind: number, result: number, flags: number): void {
    const isOver = (flags & abi.IORING_CQE_F_MORE) === 0;
    if (isOver) this.#underWay--;
    if (this.#isClosed) {
      if (kind === ACCEPT && result >= 0) this.#acceptedLate(result);
      if (kind === POLL && result > 0) this.#isSomebodyThere = true;
      if (this.#underWay === 0) this.#finish();
      return;
    }
    try {
      this.#tell(result);
    } finally {
      // Also when whoever was told throws: nobody would be accepted any more.
      if (isOver && !this.#isClosed) this.#acceptAgain(result);
    }
  }

  /**
   * Of all accepts that wait at a socket, in whatever process, the kernel wakes one for each connection. When that is one which is
   * being cancelled, nobody else is woken: the connection would wait for the next one to come. So a listener that is left looks at
   * the queue, with a poll that takes nobody's turn, until nothing waits there that it was woken for.
   */
  #finish(): void {
    if (this.#onLeft !== undefined && this.#isSomebodyThere) {
      this.#isSomebodyThere = false;
      this.#hasWaited = true;
      this.#accept();
      this.#cancel();
    } else if (this.#onLeft !== undefined && this.#hasWaited) {
      this.#hasWaited = false;
      this.#loop.ring.poll(this.fd, abi.POLLIN, this.#slot, POLL);
      this.#begun();
      this.#cancel();
    } else this.#release();
  }

  #cancel(): void {
    this.#loop.ring.cancelDescriptor(this.fd, this.#slot, CANCEL);
    this.#begun();
  }

  #acceptedLate(fd: number): void {
    if (this.#onLeft === undefined) this.#loop.native.descriptorClose(fd);
    else this.#tell(fd);
  }

  #tell(result: number): void {
    const { native } = this.#loop;
    if (result < 0) this.#sink.failed(systemError(result, "accept"));
    else this.#sink.accepted(new UringTransport(this.#loop, native.descriptorAdopt(result)));
  }

  #acceptAgain(result: number): void {
    if (result >= 0) this.#accept();
    else this.#retry = setTimeout(() => this.#accept(), RETRY_MS);
  }

  #accept(): void {
    this.#loop.ring.accept(this.fd, abi.SOCK_CLOEXEC, this.#slot, ACCEPT);
    this.#begun();
  }

  #begun(): void {
    this.#underWay++;
    this.#loop.submitSoon();
  }

  #release(): void {
    this.#loop.native.descriptorClose(this.fd);
    this.#loop.ring.releaseSlot(this.#slot);
    this.#onLeft?.();
  }
}

/** Like Node, and it may not stop anything from being closed: an abstract name has no file, and others may have taken it. */
function removeSocketFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It stays, or was not there.
  }
}
