// One set of handlers over connections that follow each other. They see the object that the user holds, and hear of the last
// close only: it is their last call, so it waits until they have got all that came before it.

import {
  type CloseInfo,
  type Connection,
  type ConnectionHandlers,
  ignoreRejection,
  isThenable,
  toError,
  type WebSocketConnection,
} from "../connection/index.js";

export class SuccessiveListener<Context> {
  readonly #ws: WebSocketConnection<Context>;
  readonly #handlers: ConnectionHandlers<Context>;
  /** The newest connection that is over and has had all that came with it delivered. */
  #delivered: Connection<Context> | undefined;
  #last: Connection<Context> | undefined;
  #ending: CloseInfo | undefined;

  /** `ws` is what the handlers get to see. */
  constructor(ws: WebSocketConnection<Context>, handlers: ConnectionHandlers<Context>) {
    this.#ws = ws;
    this.#handlers = handlers;
  }

  get isForMessages(): boolean {
    return this.#handlers.message !== undefined;
  }

  /** Begins to listen. Throws as the connection's `listen` does. */
  listenTo(connection: Connection<Context>): void {
    const handlers = this.#handlers;
    const ws = this.#ws;
    connection.listen({
      message: handlers.message && ((_ws, data, isBinary) => handlers.message?.(ws, data, isBinary)),
      drain: handlers.drain && (() => handlers.drain?.(ws)),
      ping: handlers.ping && ((_ws, data) => handlers.ping?.(ws, data)),
      pong: handlers.pong && ((_ws, data) => handlers.pong?.(ws, data)),
      error: handlers.error && ((_ws, error) => handlers.error?.(ws, error)),
      close: () => {
        this.#delivered = connection;
        this.#callCloseIfDue();
      },
    });
  }

  /** No other follows this connection. */
  ended(last: Connection<Context>, info: CloseInfo): void {
    this.#last = last;
    this.#ending = info;
    this.#callCloseIfDue();
  }

  report(error: Error): void {
    try {
      ignoreRejection(this.#handlers.error?.(this.#ws, error));
    } catch {
      // There is nobody left to tell.
    }
  }

  #callCloseIfDue(): void {
    const info = this.#ending;
    if (info === undefined || this.#delivered !== this.#last) return;
    const report = (error: unknown): void => this.report(toError(error));
    try {
      const answer: unknown = this.#handlers.close?.(this.#ws, info.code, info.reason);
      if (isThenable(answer)) Promise.resolve(answer).catch(report);
    } catch (error) {
      report(error);
    }
  }
}
