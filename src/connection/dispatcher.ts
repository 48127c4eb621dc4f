// From a link's events to whoever listens: handlers, called one message at a time, or an inbox that iterators read.
// Everything that can make a connection stop reading is here: a full inbox, a handler that is busy, `pause`.

import type { TurnTask } from "../host/index.js";
import { type LimitError, type ProtocolError, StateError } from "../protocol/index.js";
import type { TransportError } from "../transport/index.js";
import type { CloseInfo } from "./close-info.js";
import { ClosedError } from "./errors.js";
import { ignoreRejection, isThenable, toError } from "./handler-outcome.js";
import { Inbox } from "./inbox.js";
import type { Link } from "./link.js";
import type { LinkListener } from "./link-parts.js";
import type { ConnectionHandlers } from "./listener.js";
import type { WebSocketMessage } from "./message.js";
import { type IterationHost, MessageIterator, selectAll, selectData } from "./message-iterator.js";
import type { Traffic } from "./traffic.js";
import type { WebSocketConnection } from "./websocket-connection.js";

/** The connection, as far as its dispatcher needs it. */
export interface DispatcherHost<Context> {
  /** What handlers get to see. */
  readonly handle: WebSocketConnection<Context>;
  readonly link: Link;
  readonly traffic: Traffic;
  readonly readyState: 1 | 2 | 3;
  close(code: number): Promise<CloseInfo>;
  pongReceived(payload: Uint8Array): void;
  transportDrained(): void;
  /** Nothing that is sent reaches the peer any more. */
  sendingEnded(): void;
  /** `ending` and `error` are what they will be from now on. */
  connectionEnded(info: CloseInfo): void;
}

type Handlers<Context> = ConnectionHandlers<Context>;

export class Dispatcher<Context> implements LinkListener, IterationHost, TurnTask {
  /** The first thing that went wrong. */
  error: Error | undefined;
  /** How the connection ended, once it has. */
  ending: CloseInfo | undefined;
  readonly #host: DispatcherHost<Context>;
  #handlers: Handlers<Context> | undefined;
  #inbox: Inbox | undefined;
  #isPaused = false;
  #isHandlerBusy = false;
  #isControlWanted = false;
  #isLeft = false;
  #isCloseDue = false;
  #hasFaulted = false;
  #isCatchingUp = false;

  constructor(host: DispatcherHost<Context>) {
    this.#host = host;
  }

  /** Handlers from now on; what waits in the inbox comes first. */
  listen(handlers: Handlers<Context>): void {
    if (this.#handlers !== undefined || (this.#inbox?.isAwaited && handlers.message !== undefined)) {
      throw new StateError("ALREADY_ITERATING", "the messages of this connection have a listener already");
    }
    this.#handlers = handlers;
    this.#isLeft = false;
    // Nobody will take control frames out of the inbox any more.
    if (handlers.message !== undefined) this.#isControlWanted = false;
    this.#deliverInbox();
    this.#callCloseIfDue();
  }

  /** Runs what must be done before the first message; messages wait for the promise it may answer. */
  runFirst(handler: () => unknown): void {
    this.#call(() => {
      const answer = handler();
      // A handler that has begun to iterate waits for messages, so they must not wait for it.
      if (!isThenable(answer) || this.#inbox !== undefined) return answer;
      this.#waitFor(answer);
      return undefined;
    });
  }

  iterateData(): AsyncIterableIterator<string | Uint8Array> {
    return this.#iterate(selectData);
  }

  iterateAll(): AsyncIterableIterator<WebSocketMessage> {
    this.#isControlWanted = true;
    return this.#iterate(selectAll);
  }

  pause(): void {
    this.#isPaused = true;
    this.#host.link.hold();
  }

  resume(): void {
    this.#isPaused = false;
    this.#update();
  }

  message(data: string | Uint8Array, isBinary: boolean): void {
    this.#host.traffic.messagesReceived++;
    const handlers = this.#handlers;
    if (handlers?.message !== undefined && !this.#isHandlerBusy) this.#callMessage(handlers, data, isBinary);
    // With handlers, but none for messages, they are for iterators, and for nobody when nobody iterates.
    else if (handlers === undefined || handlers.message !== undefined || this.#inbox !== undefined) {
      this.#enqueue(
        isBinary ? { type: "binary", data: data as Uint8Array } : { type: "text", data: data as string },
      );
    }
  }

  ping(payload: Uint8Array): void {
    this.#host.traffic.pingsReceived++;
    const handlers = this.#handlers;
    if (handlers?.ping !== undefined) this.#call(() => handlers.ping?.(this.#host.handle, payload));
    if (this.#isControlWanted && this.#host.link.isOpen) this.#enqueue({ type: "ping", data: payload });
  }

  pong(payload: Uint8Array): void {
    this.#host.traffic.pongsReceived++;
    this.#host.pongReceived(payload);
    const handlers = this.#handlers;
    if (handlers?.pong !== undefined) this.#call(() => handlers.pong?.(this.#host.handle, payload));
    if (this.#isControlWanted && this.#host.link.isOpen) this.#enqueue({ type: "pong", data: payload });
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

  cut(): void {
    this.#host.sendingEnded();
  }

  ended(info: CloseInfo, error: TransportError | undefined): void {
    if (error !== undefined) this.report(error);
    this.ending = info;
    this.#isCloseDue = true;
    if (this.#inbox !== undefined) this.#closeInbox(this.#inbox, info);
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

  asked(): void {
    this.#isLeft = false;
  }

  /** Leaving a loop closes the connection, unless somebody asks for more within the turn. */
  left(): void {
    this.#isLeft = true;
    this.#host.link.host.turns.atTurnEnd(this);
  }

  turnEnded(): void {
    if (this.#isLeft && this.#host.readyState === 1) void this.#host.close(1000);
  }

  #iterate<T>(select: (message: WebSocketMessage) => T | undefined): AsyncIterableIterator<T> {
    if (this.#handlers?.message !== undefined) {
      throw new StateError("ALREADY_ITERATING", "the messages of this connection go to its message handler");
    }
    // Without a message handler only `open` can be what is waited for, and it may be the one that iterates.
    this.#isHandlerBusy = false;
    this.#update();
    return new MessageIterator(this.#openInbox(), this, select);
  }

  #openInbox(): Inbox {
    if (this.#inbox === undefined) {
      const { maxQueuedMessages, maxQueuedBytes } = this.#host.link.settings;
      this.#inbox = new Inbox(maxQueuedMessages, maxQueuedBytes, () => this.#update());
      if (this.ending !== undefined) this.#closeInbox(this.#inbox, this.ending);
    }
    return this.#inbox;
  }

  #enqueue(message: WebSocketMessage): void {
    const inbox = this.#openInbox();
    inbox.push(message);
    if (inbox.isFull) this.#host.link.hold();
  }

  #deliverInbox(): void {
    // The room that this makes must not let new messages overtake the old ones.
    this.#isCatchingUp = true;
    while (this.#handlers?.message !== undefined && !this.#isHandlerBusy && !this.#hasFaulted) {
      const message = this.#inbox?.take();
      if (message === undefined) break;
      if (message.type === "text" || message.type === "binary") {
        this.#callMessage(this.#handlers, message.data, message.type === "binary");
      }
    }
    this.#isCatchingUp = false;
    this.#update();
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
    this.#isHandlerBusy = true;
    this.#host.link.hold();
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
      if (isThenable(answer)) answer.then(undefined, (error) => this.#fault(error));
    } catch (error) {
      this.#fault(error);
    }
  }

  #callCloseIfDue(): void {
    const handlers = this.#handlers;
    const info = this.ending;
    if (!this.#isCloseDue || handlers === undefined || info === undefined || this.#isHandlerBusy) return;
    this.#isCloseDue = false;
    if (handlers.close !== undefined)
      this.#call(() => handlers.close?.(this.#host.handle, info.code, info.reason));
  }

  /** Iterators end with the peer's Close, else with why there was none. */
  #closeInbox(inbox: Inbox, info: CloseInfo): void {
    if (info.received === undefined) {
      inbox.close(new ClosedError(info, this.error && { cause: this.error }));
      return;
    }
    inbox.push({ type: "close", code: info.code, reason: info.reason });
    inbox.close(undefined);
  }

  /** A handler threw: its connection closes without saying why, and nothing else happens. */
  #fault(thrown: unknown): void {
    this.#host.traffic.handlerErrors++;
    this.#hasFaulted = true;
    // What the error handler might send must not go out: it may say what went wrong.
    void this.#host.close(1011);
    this.report(toError(thrown));
  }

  #handlerDone(): void {
    this.#isHandlerBusy = false;
    this.#deliverInbox();
    this.#callCloseIfDue();
    this.#update();
  }

  #update(): void {
    const isBusy = this.#isPaused || this.#isHandlerBusy || this.#isCatchingUp;
    if (isBusy || this.#inbox?.isFull === true) this.#host.link.hold();
    else this.#host.link.release();
  }
}
