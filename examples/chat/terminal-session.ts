// One person's stay in the chat, over as many connections as it takes. A line that was typed is sent again until the
// server has answered it: with the message itself, or in the history after a new connection.

import { randomUUID } from "node:crypto";
import { type CloseInfo, connect, type WebSocketConnection } from "sluice";
import {
  type ErrorMessage,
  type JoinedMessage,
  type PresenceMessage,
  parseServerMessage,
  REPLACED,
} from "./protocol.js";
import type { Screen } from "./terminal-screen.js";

/** More than a room's history, so that what comes a second time is known. */
const maxSeen = 500;
/** How the server says that it does not want this client back. */
const finalCodes = new Set([1000, 1008, REPLACED]);

export interface SessionOptions {
  url: string;
  name: string;
  room: string;
  screen: Screen;
  /** Whether what one has said oneself is printed; a terminal shows it already. */
  isEchoed: boolean;
}

export class ChatSession {
  readonly #ws: WebSocketConnection;
  readonly #screen: Screen;
  readonly #isEchoed: boolean;
  readonly #session: string;
  readonly #seen = new Set<string>();
  readonly #unsaid: { ref: string; text: string }[] = [];
  #name: string;
  #room: string;
  #members: readonly string[] = [];
  #isJoined = false;
  #isLeaving = false;
  #isOver = false;
  #wakeUp: (() => void)[] = [];
  #retry: NodeJS.Timeout | undefined;

  /** Rejects when the server cannot be reached. Once it was, lost connections are made anew for as long as it takes. */
  static async open(options: SessionOptions): Promise<ChatSession> {
    let session: ChatSession | undefined;
    const opening = connect(options.url, {
      closeTimeoutMs: 2000,
      reconnect: {
        maxDelayMs: 15_000,
        shouldRetry: (cause) => session !== undefined && !(isCloseInfo(cause) && finalCodes.has(cause.code)),
        onRetry: ({ delayMs }) => {
          if (session !== undefined) session.#lost(delayMs);
        },
        onReconnect: () => {
          if (session !== undefined) session.#join();
        },
      },
    });
    const ws = await opening.catch((cause: Error) => {
      throw new Error(`cannot reach ${options.url}: ${cause.message}`, { cause });
    });
    session = new ChatSession(ws, options);
    session.#join();
    return session;
  }

  constructor(ws: WebSocketConnection, { name, room, screen, isEchoed }: SessionOptions) {
    this.#ws = ws;
    this.#name = name;
    this.#room = room;
    this.#screen = screen;
    this.#isEchoed = isEchoed;
    this.#session = randomUUID();
  }

  get room(): string {
    return this.#room;
  }

  get members(): readonly string[] {
    return this.#members;
  }

  /** Receives until the session is over. Rejects when that was not this side's wish. */
  async run(): Promise<void> {
    try {
      for await (const data of this.#ws) this.#receive(data);
    } catch (error) {
      if (!this.#isLeaving) throw error;
    } finally {
      clearTimeout(this.#retry);
      this.#isJoined = false;
      this.#isOver = true;
      this.#wake();
    }
    if (this.#isLeaving) return;
    const { code, reason } = await this.#ws.closed;
    throw new Error(
      `the server closed the connection: ${code}${reason === "" ? "" : ` ${JSON.stringify(reason)}`}`,
    );
  }

  say(text: string): void {
    this.#unsaid.push({ ref: randomUUID(), text });
    if (this.#unsaid.length === 1) this.#sayNext();
  }

  rename(name: string): void {
    this.#send({ type: "rename", name });
  }

  move(room: string): void {
    this.#send({ type: "join", room, name: this.#name, session: this.#session });
  }

  /** Resolves when the session is in its room, or over. */
  async joined(): Promise<void> {
    while (!this.#isJoined && !this.#isOver) await this.#change();
  }

  /** Resolves when at most so many lines wait for the server's answer, or there will be no answer any more. */
  async settled(maxUnsaid: number): Promise<void> {
    while (this.#unsaid.length > maxUnsaid && !this.#isOver) await this.#change();
  }

  leave(): Promise<CloseInfo> {
    this.#isLeaving = true;
    return this.#ws.close(1000);
  }

  #send(message: object): void {
    if (this.#ws.send(JSON.stringify(message)) === "dropped")
      this.#screen.note("not connected; try again later");
  }

  #join(): void {
    this.#ws.send(
      JSON.stringify({ type: "join", room: this.#room, name: this.#name, session: this.#session }),
    );
  }

  #lost(delayMs: number): void {
    const isNews = this.#isJoined;
    this.#isJoined = false;
    const seconds = Math.max(1, Math.round(delayMs / 1000));
    this.#screen.note(`${isNews ? "connection lost; " : ""}trying again in ${seconds} s`);
  }

  #receive(data: string | Uint8Array): void {
    const message = parseServerMessage(data);
    if (message === undefined) return;
    if (message.type === "joined") this.#joined(message);
    else if (message.type === "presence") this.#presence(message);
    else if (message.type === "error") this.#refused(message);
    else {
      if (this.#isNew(message.id) && (this.#isEchoed || !this.#isMine(message.ref)))
        this.#screen.message(message);
      this.#answered(message.ref);
    }
  }

  #joined({ room, name, members, history }: JoinedMessage): void {
    if (name !== this.#name) this.#screen.note(`${this.#name} is taken here, so you are ${name}`);
    this.#room = room;
    this.#name = name;
    this.#members = members;
    for (const message of history) {
      if (this.#isNew(message.id)) this.#screen.message(message);
      this.#answered(message.ref);
    }
    this.#screen.note(`you are ${name} in #${room}${describeOthers(members, name)}`);
    this.#isJoined = true;
    this.#wake();
    this.#sayNext();
  }

  #presence(message: PresenceMessage): void {
    this.#members = message.members;
    if (message.event === "renamed" && message.formerName === this.#name) this.#name = message.name;
    this.#screen.presence(message);
  }

  #refused({ code, text, ref, retryMs }: ErrorMessage): void {
    const isAboutLine = this.#isMine(ref);
    if (code === "too-fast" && (isAboutLine || !this.#isJoined)) {
      const again = (): void => (this.#isJoined ? this.#sayNext() : this.#join());
      this.#retry = setTimeout(again, Math.min(retryMs ?? 1000, 60_000));
      return;
    }
    if (!this.#isJoined) throw new Error(text);
    this.#screen.note(text);
    if (isAboutLine) this.#answered(ref);
  }

  #isMine(ref: string | undefined): boolean {
    return ref !== undefined && this.#unsaid[0]?.ref === ref;
  }

  #answered(ref: string | undefined): void {
    if (!this.#isMine(ref)) return;
    this.#unsaid.shift();
    this.#wake();
    if (this.#isJoined) this.#sayNext();
  }

  #sayNext(): void {
    clearTimeout(this.#retry);
    const [next] = this.#unsaid;
    if (next !== undefined && this.#isJoined) this.#ws.send(JSON.stringify({ type: "say", ...next }));
  }

  #isNew(id: string): boolean {
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    if (this.#seen.size > maxSeen) this.#seen.delete(this.#seen.values().next().value ?? "");
    return true;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wakeUp.push(resolve));
  }

  #wake(): void {
    for (const wakeUp of this.#wakeUp.splice(0)) wakeUp();
  }
}

function isCloseInfo(cause: CloseInfo | Error): cause is CloseInfo {
  return !(cause instanceof Error);
}

function describeOthers(members: readonly string[], name: string): string {
  const others = members.filter((member) => member !== name);
  return others.length === 0 ? ", alone" : ` with ${others.join(", ")}`;
}
