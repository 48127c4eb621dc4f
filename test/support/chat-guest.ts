// A client of the chat that says what a test wants, right or wrong.

import type { TestContext } from "node:test";
import { connect, type WebSocketConnection } from "sluice";

export interface Message {
  type: string;
  code?: string;
  ref?: string;
  name?: string;
  text?: string;
  event?: string;
  formerName?: string;
  retryMs?: number;
  members?: string[];
  history?: { from: string; text: string; id: string }[];
}

export class Guest {
  readonly ws: WebSocketConnection;
  readonly #messages: AsyncIterator<string | Uint8Array>;

  static async arrive(t: TestContext, url: string): Promise<Guest> {
    const ws = await connect(url, { maxQueuedMessages: 1000 });
    t.after(() => ws.terminate());
    return new Guest(ws);
  }

  static async join(
    t: TestContext,
    url: string,
    name: string,
    room = "tea",
    session?: string,
  ): Promise<Guest> {
    const guest = await Guest.arrive(t, url);
    guest.send({ type: "join", room, name, session });
    return guest;
  }

  constructor(ws: WebSocketConnection) {
    this.ws = ws;
    this.#messages = ws[Symbol.asyncIterator]();
  }

  send(message: object): void {
    this.ws.send(JSON.stringify(message));
  }

  /** The next message of this type; others are passed over. */
  async next(type: string): Promise<Message> {
    for (;;) {
      const { done, value } = await this.#messages.next();
      if (done) throw new Error(`the connection ended without ${type}`);
      const message = JSON.parse(String(value)) as Message;
      if (message.type === type) return message;
    }
  }

  async nextCode(): Promise<string | undefined> {
    return (await this.next("error")).code;
  }
}
