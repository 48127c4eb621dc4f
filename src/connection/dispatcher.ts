// From a link's events to whoever listens: handlers, called one message at a time, or an inbox that iterators read.
// Everything that can make a connection stop reading is here: a full inbox, a handler that is busy, `pause`.

import { type LimitError, type ProtocolError, StateError } from "../protocol/index.js";
import { TransportError } from "../transport/index.js";
import type { CloseInfo } from "./close-info.js";
import { ignoreRejection, isThenable, toError } from "./handler-outcome.js";
import { handledError, InboxReaders, type ReadersHost } from "./inbox-readers.js";
import type { Link } from "./link.js";
import type { LinkListener } from "./link-parts.js";
import type { ConnectionHandlers } from "./listener.js";
import type { WebSocketMessage } from "./message.js";
import type { Traffic } from "./traffic.js";
import type { WebSocketConnection } from "./websocket-connection.js";

/** The connection, as far as its dispatcher needs it. */
export interface DispatcherHost<Context> {
  /** What handlers get to see. */
  readonly handle: WebSocketConnection<Context>;
  readonly link: Link;
  readonly traffic: Traffic;
  close(code: number): Promise<CloseInfo>;
  pongReceived(payload: Uint8Array): void;
  transportDrained(): void;
  /** Nothing that is sent reaches the peer any more. */
  sendingEnded(): void;
  /** `ending` and `error` are what they will be from now on. */
  connectionEnded(info: CloseInfo): void;
}

type Handlers<Context> = ConnectionHandlers<Context>;

/** What keeps a connection from reading, one bit each, beside a full inbox. */
const PAUSED = 1;
const HANDLER_BUSY = 2;
/** Messages of the inbox are being delivered: the room that this makes must not let new ones overtake them. */
const CATCHING_UP = 4;

export class Dispatcher<Context> implements LinkListener, ReadersHost {
  /** The first thing that went wrong. */
  error: Error | undefined;
  /** How the connection ended, once it has. */
  ending: CloseInfo | undefined;
  readonly #host: DispatcherHost<Context>;
  #handlers: Handlers<Context> | undefined;
  #readers: InboxReaders | undefined;
  #holds = 0;
  #isCloseDue = false;

  constructor(host: DispatcherHost<Context>) {
    this.#host = host;
  }

  /** Handlers from now on; what waits in the inbox comes first. */
  listen(handlers: Handlers<Context>): void {
    const hasMessageHandler = handlers.message !== undefined;
    if (this.#handlers !== undefined || (this.#readers?.inbox.isAwaited && hasMessageHandler)) {
      throw new StateError("ALREADY_ITERATING", "the messages of this connection have a listener already");
    }
    this.#handlers = handlers;
    this.#readers?.giveWay(hasMessageHandler);
    // What went wrong before there was anybody to tell. Of a transport that was cut, its end tells.
    const { error, ending } = this;
    if (error !== undefined && (!(error instanceof TransportError) || ending?.wasClean === false))
      this.report(error);
    this.#deliverInbox();
  }

  /** Runs what must be done before the first message; messages wait for the promise it may answer. */
  runFirst(handler: () => unknown): void {
    this.#call(() => {
      const answer = handler();
      // A handler that has begun to iterate waits for messages, so they must not wait for it.
      if (!isThenable(answer) || this.#readers !== undefined) return answer;
      this.#waitFor(answer);
      return undefined;
    });
  }

  iterateData(): AsyncIterableIterator<string | Uint8Array> {
    return this.#read().iterateData();
  }

  iterateAll(): AsyncIterableIterator<WebSocketMessage> {
    return this.#read().iterateAll();
  }

  pause(): void {
    this.#hold(PAUSED);
  }

  resume(): void {
    this.#holds &= ~PAUSED;
    this.#deliverInbox();
  }

  /** The user has closed: if the connection is over, its end no longer waits behind messages. */
  closeAsked(): void {
    this.#callCloseIfDue();
  }

  message(data: string | Uint8Array, isBinary: boolean): void {
    this.#host.traffic.messagesReceived++;
    const handlers = this.#handlers;
    if (handlers?.message !== undefined && !this.#isHeld(HANDLER_BUSY)) {
      this.#callMessage(handlers, data, isBinary);
    }
    // With handlers, but none for messages, they are for iterators, and for nobody when nobody iterates.
    else if (handlers === undefined || handlers.message !== undefined || this.#readers !== undefined) {
      this.#enqueue(
        isBinary ? { type: "binary", data: data as Uint8Array } : { type: "text", data: data as string },
      );
    }
  }

  ping(payload: Uint8Array): void {
    this.#host.traffic.pingsReceived++;
    const handlers = this.#handlers;
    if (handlers?.ping !== undefined) this.#call(() => handlers.ping?.(this.#host.handle, payload));
    this.#enqueueControl({ type: "ping", data: payload });
  }

  pong(payload: Uint8Array): void {
    this.#host.traffic.pongsReceived++;
    this.#host.pongReceived(payload);
    const handlers = this.#handlers;
    if (handlers?.pong !== undefined) this.#call(() => handlers.pong?.(this.#host.handle, payload));
    this.#enqueueControl({ type: "pong", data: payload });
  }

  drained(): void {
    this.#host.transportDrained();
  }

  /** The application may send again. */
  notifyDrained(): void {
    const handlers = this.#handlers;
    if (handlers?.drain !== undefined) this.#call(() => handlers.drain?.(this.#host.handle));
  }

  failed(error: ProtocolError | LimitError): void {
    this.#host.traffic.peerErrors++;
    this.report(error);
  }

  cut(error: TransportError | undefined): void {
    this.error ??= error;
    this.#host.sendingEnded();
  }

  ended(info: CloseInfo, error: TransportError | undefined): void {
    // With both Close frames everything was said, however the connection ended then.
    if (error !== undefined && !info.wasClean) this.report(error);
    this.ending = info;
    this.#isCloseDue = true;
    this.#readers?.end(info, this.error);
    this.#host.connectionEnded(info);
    this.#callCloseIfDue();
  }

  /** Tells the error handler. The first error is also the cause of what an iterator ends with. */
  report(error: Error): void {
    this.error ??= error;
    const handlers = this.#handlers;
    if (handlers?.error === undefined) return;
    try {
      ignoreRejection(handlers.error(this.#host.handle, error));
    } catch {
      // There is nobody left to tell.
    }
  }

  roomMade(): void {
    this.#readIfFree();
  }

  readersLeft(): void {
    if (this.ending === undefined) void this.#host.close(1000);
  }

  /** Who reads, now that somebody wants to. */
  #read(): InboxReaders {
    if (this.#handlers?.message !== undefined) throw handledError();
    // Without a message handler only `open` can be what is waited for, and it may be the one that iterates.
    this.#release(HANDLER_BUSY);
    return this.#openInbox();
  }

  #openInbox(): InboxReaders {
    if (this.#readers === undefined) {
      this.#readers = new InboxReaders(this, this.#host.link);
      if (this.ending !== undefined) this.#readers.end(this.ending, this.error);
    }
    return this.#readers;
  }

  #enqueue(message: WebSocketMessage): void {
    const { inbox } = this.#openInbox();
    inbox.push(message);
    if (inbox.isFull) this.#host.link.hold();
  }

  #enqueueControl(message: WebSocketMessage): void {
    if (this.#readers?.isControlWanted === true && this.#host.link.canSend) this.#enqueue(message);
  }

  /** Gives the handlers what waits in the inbox, as far as they take it now; then reading goes on. */
  #deliverInbox(): void {
    if (this.#isHeld(CATCHING_UP)) return;
    this.#holds |= CATCHING_UP;
    while (this.#isDeliverable && !this.#isHeld(PAUSED | HANDLER_BUSY)) {
      const message = this.#readers?.inbox.take();
      if (message?.type === "text" || message?.type === "binary") {
        this.#callMessage(this.#handlers as Handlers<Context>, message.data, message.type === "binary");
      }
    }
    this.#release(CATCHING_UP);
    this.#callCloseIfDue();
  }

  /** Whether the inbox holds anything for the message handler, which gets no more once this end has closed. */
  get #isDeliverable(): boolean {
    if (this.#handlers?.message === undefined || this.#host.link.isClosing) return false;
    return this.#readers?.inbox.hasData === true;
  }

  #callMessage(handlers: Handlers<Context>, data: string | Uint8Array, isBinary: boolean): void {
    if (handlers.message === undefined) return;
    try {
      const answer = handlers.message(this.#host.handle, data, isBinary);
      if (isThenable(answer)) this.#waitFor(answer);
    } catch (error) {
      this.#fault(error);
    }
  }

  /** Nothing is delivered until the handler's promise has settled. */
  #waitFor(answer: PromiseLike<unknown>): void {
    this.#hold(HANDLER_BUSY);
    // A foreign thenable may throw, or call back twice; a promise does neither.
    Promise.resolve(answer).then(
      () => this.#handlerDone(),
      (error) => {
        this.#fault(error);
        this.#handlerDone();
      },
    );
  }

  /** Calls a handler that nothing waits for. */
  #call(handler: () => unknown): void {
    try {
      const answer = handler();
      if (isThenable(answer)) Promise.resolve(answer).catch((error) => this.#fault(error));
    } catch (error) {
      this.#fault(error);
    }
  }

  #callCloseIfDue(): void {
    const handlers = this.#handlers;
    const info = this.ending;
    if (!this.#isCloseDue || handlers === undefined || info === undefined) return;
    if (this.#isHeld(HANDLER_BUSY) || this.#isDeliverable) return;
    this.#isCloseDue = false;
    if (handlers.close !== undefined)
      this.#call(() => handlers.close?.(this.#host.handle, info.code, info.reason));
  }

  /** A handler threw: its connection closes without saying why, and nothing else happens. */
  #fault(thrown: unknown): void {
    this.#host.traffic.handlerErrors++;
    // What the error handler might send must not go out: it may say what went wrong.
    void this.#host.close(1011);
    this.report(toError(thrown));
  }

  #handlerDone(): void {
    this.#holds &= ~HANDLER_BUSY;
    this.#deliverInbox();
  }

  #isHeld(reasons: number): boolean {
    return (this.#holds & reasons) !== 0;
  }

  #hold(reason: number): void {
    this.#holds |= reason;
    this.#host.link.hold();
  }

  #release(reason: number): void {
    this.#holds &= ~reason;
    this.#readIfFree();
  }

  #readIfFree(): void {
    if (this.#holds === 0 && this.#readers?.inbox.isFull !== true) this.#host.link.release();
  }
}
