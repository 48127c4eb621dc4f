// Whoever iterates over connections that follow each other: how the next one is to be read, and when nobody reads any more.

import type { Connection, WebSocketMessage } from "../connection/index.js";
import type { TurnScheduler } from "../host/index.js";
import { type Reading, SuccessiveIterator } from "./successive-iterator.js";

type Open<Context, T> = (connection: Connection<Context>) => AsyncIterableIterator<T>;

/** Who has the connections. */
export interface ReadersHost<Context> {
  /** Reads the connection that there is now. */
  read<T>(open: Open<Context, T>): Reading<T>;
  /** Where no connection follows: why, if something has failed. */
  failure(): Error | undefined;
  /** The last reader has gone, and none has come in its place. */
  readersLeft(): void;
}

export class SuccessiveReaders<Context> {
  readonly #turns: TurnScheduler;
  readonly #host: ReadersHost<Context>;
  /** Once somebody has begun to iterate; every kind of message when anybody wants control frames. */
  #open: Open<Context, unknown> | undefined;
  /** Whoever waits for a message, as often as it has asked. */
  #waiting: object[] = [];
  #isLeft = false;

  constructor(turns: TurnScheduler, host: ReadersHost<Context>) {
    this.#turns = turns;
    this.#host = host;
  }

  iterateData(): AsyncIterableIterator<string | Uint8Array> {
    return this.#iterate((connection) => connection[Symbol.asyncIterator]());
  }

  iterateAll(): AsyncIterableIterator<WebSocketMessage> {
    return this.#iterate(openMessages);
  }

  /** A listener takes over. */
  giveWay(): void {
    this.#isLeft = false;
  }

  /** Nothing that comes before the loop asks again may be taken for what nobody wants. */
  expect(next: Connection<Context>): void {
    this.#open?.(next);
  }

  #iterate<T>(open: Open<Context, T>): AsyncIterableIterator<T> {
    const iterator = new SuccessiveIterator({
      open: () => this.#host.read(open),
      failure: () => this.#host.failure(),
      asked: (by) => {
        this.#isLeft = false;
        this.#waiting.push(by);
      },
      answered: (to) => {
        const at = this.#waiting.indexOf(to);
        if (at >= 0) this.#waiting.splice(at, 1);
      },
      left: (by) => this.#left(by),
    });
    if (this.#open !== openMessages) this.#open = open;
    return iterator;
  }

  /** Leaving a loop means the same as `close`, unless somebody else waits for a message, or asks for one within the turn. */
  #left(by: object): void {
    this.#waiting = this.#waiting.filter((reader) => reader !== by);
    this.#isLeft = true;
    this.#turns.atTurnEnd({
      turnEnded: () => {
        if (this.#isLeft && this.#waiting.length === 0) this.#host.readersLeft();
      },
    });
  }
}

function openMessages<Context>(connection: Connection<Context>): AsyncIterableIterator<WebSocketMessage> {
  return connection.messages();
}
