// Who is in a room and what was said there. Names are unique in a room, whatever their case or their width.

import type { WebSocketConnection } from "sluice";
import { History } from "./history.js";
import { limits } from "./protocol.js";

/** One connection that has joined. */
export interface Member {
  readonly ws: WebSocketConnection<Visitor>;
  readonly session: string | undefined;
  name: string;
}

/** What the server keeps with each connection. */
export interface Visitor {
  /** Where the connection is, once it has joined. */
  place: { room: Room; member: Member } | undefined;
  /** Says how long this connection has to wait. */
  readonly takeTurn: () => number | "flood";
}

/** Each change is told to everybody, so the work grows with the square of this. */
const maxMembers = 200;

export class Room {
  readonly name: string;
  readonly topic: string;
  readonly history = new History(limits.historyMessages, limits.historyBytes);
  readonly #members = new Map<string, Member>();

  constructor(name: string) {
    this.name = name;
    this.topic = `room:${name}`;
  }

  get isFull(): boolean {
    return this.#members.size >= maxMembers;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** In the order of their coming. */
  get names(): string[] {
    return [...this.#members.values()].map(({ name }) => name);
  }

  /** The member that somebody with this session was before its connection was lost. */
  bySession(session: string | undefined): Member | undefined {
    if (session === undefined) return undefined;
    for (const member of this.#members.values()) if (member.session === session) return member;
    return undefined;
  }

  /** Lets in under the wished name, or under the first free one of name-2, name-3 and so on. */
  enter(ws: WebSocketConnection<Visitor>, wish: string, session: string | undefined): Member {
    let name = wish;
    for (let count = 2; this.#members.has(keyOf(name)); count++) name = numbered(wish, count);
    const member = { ws, session, name };
    this.#members.set(keyOf(name), member);
    return member;
  }

  leave(member: Member): void {
    this.#members.delete(keyOf(member.name));
  }

  /** Answers false when somebody else has the name. */
  rename(member: Member, name: string): boolean {
    const holder = this.#members.get(keyOf(name));
    if (holder !== undefined && holder !== member) return false;
    this.#members.delete(keyOf(member.name));
    member.name = name;
    this.#members.set(keyOf(name), member);
    return true;
  }
}

function keyOf(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

function numbered(name: string, count: number): string {
  const suffix = `-${count}`;
  // Cutting between the halves of a surrogate pair would leave half a character.
  const kept = name.slice(0, limits.nameLength - suffix.length).replace(/[\ud800-\udbff]$/, "");
  return `${kept}${suffix}`;
}
