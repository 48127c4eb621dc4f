// Whoever reads a connection's messages out of its inbox: iterators, one after the other or side by side. Made for the
// first message that waits, or the first iterator.

import type { TurnTask } from "../host/index.js";
import { StateError } from "../protocol/index.js";
import type { CloseInfo } from "./close-info.js";
import { ClosedError } from "./errors.js";
import { Inbox, type Waiter } from "./inbox.js";
import type { Link } from "./link.js";
import type { WebSocketMessage } from "./message.js";
import { type IterationHost, MessageIterator, selectAll, selectData } from "./message-iterator.js";

/** The dispatcher, as far as its readers need it. */
export interface ReadersHost {
  /** The inbox is no longer full. */
  roomMade(): void;
  /** The last reader has gone, and none has come in its place. */
  readersLeft(): void;
}

export class InboxReaders implements IterationHost, TurnTask {
  readonly inbox: Inbox;
  /** Control frames are read as well as messages. */
  isControlWanted = false;
  readonly #host: ReadersHost;
  readonly #link: Link;
  #isLeft = false;
  /** Of whoever has left, and waits for nothing any more. */
  #leaver: Waiter | undefined;
  #isHandled = false;

  constructor(host: ReadersHost, link: Link) {
    this.#host = host;
    this.#link = link;
    const { maxQueuedMessages, maxQueuedBytes } = link.settings;
    this.inbox = new Inbox(maxQueuedMessages, maxQueuedBytes, () => host.roomMade());
  }

  iterateData(): AsyncIterableIterator<string | Uint8Array> {
    return new MessageIterator(this.inbox, this, selectData);
  }

  iterateAll(): AsyncIterableIterator<WebSocketMessage> {
    this.isControlWanted = true;
    return new MessageIterator(this.inbox, this, selectAll);
  }

  /** A listener takes the messages from now on. It takes no control frames out of the inbox. */
  giveWay(hasMessageHandler: boolean): void {
    this.#isLeft = false;
    this.#isHandled = hasMessageHandler;
    if (hasMessageHandler) this.isControlWanted = false;
  }

  /** Iterators end with the peer's Close, else with why there was none. */
  end(info: CloseInfo, cause: Error | undefined): void {
    if (info.received === undefined) {
      this.inbox.close(new ClosedError(info, cause && { cause }));
      return;
    }
    this.inbox.push({ type: "close", code: info.code, reason: info.reason });
    this.inbox.close(undefined);
  }

  asked(): StateError | undefined {
    this.#isLeft = false;
    return this.#isHandled ? handledError() : undefined;
  }

  /** Leaving a loop closes the connection, unless somebody asks for more within the turn, or waits already. */
  left(waiter: Waiter | undefined): void {
    this.#isLeft = true;
    this.#leaver = waiter;
    this.#link.host.turns.atTurnEnd(this);
  }

  turnEnded(): void {
    const isAwaited = this.inbox.isAwaited && !this.inbox.isAwaitedBy(this.#leaver);
    this.#leaver = undefined;
    if (this.#isLeft && !isAwaited) this.#host.readersLeft();
  }
}

/** Why nobody may iterate. */
export function handledError(): StateError {
  return new StateError("ALREADY_ITERATING", "the messages of this connection go to its message handler");
}
