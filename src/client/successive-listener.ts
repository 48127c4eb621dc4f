// One set of handlers over connections that follow each other. They see the object that the user holds, and get the messages
// of one connection after those of another: while a handler is busy with a lost one, the next can be sent over, and is not
// read. They hear of the last close only: it is their last call, so it waits until they have got all that came before it.

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
  readonly #turnCame: (connection: Connection<Context>) => void;
  /** Connections of which not all is delivered yet, in their order. All but the first are paused. */
  #undelivered: Connection<Context>[] = [];
  #ending: CloseInfo | undefined;

  /** `ws` is what the handlers get to see. `turnCame` is told of a paused connection that may go on. */
  constructor(
    ws: WebSocketConnection<Context>,
    handlers: ConnectionHandlers<Context>,
    turnCame: (connection: Connection<Context>) => void,
  ) {
    this.#ws = ws;
    this.#handlers = handlers;
    this.#turnCame = turnCame;
  }

  get isForMessages(): boolean {
    return this.#handlers.message !== undefined;
  }

  /** The connection whose turn it is; undefined when all is delivered. */
  get first(): Connection<Context> | undefined {
    return this.#undelivered[0];
  }

  /** Begins to listen. Throws as the connection's `listen` does. */
  listenTo(connection: Connection<Context>): void {
    const handlers = this.#handlers;
    const ws = this.#ws;
    if (this.first !== undefined) connection.pause();
    this.#undelivered.push(connection);
    connection.listen({
      message: handlers.message && ((_ws, data, isBinary) => handlers.message?.(ws, data, isBinary)),
      drain: handlers.drain && (() => handlers.drain?.(ws)),
      ping: handlers.ping && ((_ws, data) => handlers.ping?.(ws, data)),
      pong: handlers.pong && ((_ws, data) => handlers.pong?.(ws, data)),
      error: handlers.error && ((_ws, error) => handlers.error?.(ws, error)),
      close: () => this.#delivered(connection),
    });
  }

  /** What has come and is not delivered is no longer wanted. */
  stopDelivering(): void {
    for (const connection of [...this.#undelivered]) void connection.close();
  }

  /** No other connection follows. */
  ended(info: CloseInfo): void {
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

  #delivered(connection: Connection<Context>): void {
    const { first } = this;
    this.#undelivered = this.#undelivered.filter((other) => other !== connection);
    if (this.first !== undefined && this.first !== first) this.#turnCame(this.first);
    this.#callCloseIfDue();
  }

  #callCloseIfDue(): void {
    const info = this.#ending;
    if (info === undefined || this.first !== undefined) return;
    const report = (error: unknown): void => this.report(toError(error));
    try {
      const answer: unknown = this.#handlers.close?.(this.#ws, info.code, info.reason);
      if (isThenable(answer)) Promise.resolve(answer).catch(report);
    } catch (error) {
      report(error);
    }
  }
}
