// The chat itself: rooms are topics, so the server sends each message once and the library encodes it once for all.

import { randomUUID } from "node:crypto";
import { createServer, type WebSocketConnection, WebSocketError, type WebSocketServer } from "sluice";
import { createPages } from "./pages.js";
import {
  type ChatMessage,
  type ClientMessage,
  complaint,
  limits,
  type PresenceMessage,
  parseClientMessage,
  REPLACED,
  type ServerMessage,
} from "./protocol.js";
import { RateLimit } from "./rate-limit.js";
import type { Member, Room, Visitor } from "./room.js";
import { Rooms } from "./rooms.js";

type Socket = WebSocketConnection<Visitor>;
type Join = Extract<ClientMessage, { type: "join" }>;
type Say = Extract<ClientMessage, { type: "say" }>;

const maxConnections = 1000;

/** A server for the page and for the chat, not yet listening. `report` hears of faults of the server's own. */
export function createChat(report: (error: Error) => void): WebSocketServer<Visitor> {
  return new Chat(report).server;
}

class Chat {
  readonly server: WebSocketServer<Visitor>;
  readonly #rooms = new Rooms();
  /** Clients keep what they have seen by its id, so a restarted server must not use the same ones again. */
  readonly #start = randomUUID();
  #count = 0;

  constructor(report: (error: Error) => void) {
    this.server = createServer<Visitor>(
      {
        upgrade: () => {
          if (this.server.connections.size < maxConnections) return { context: createVisitor() };
          return {
            status: 503,
            headers: { "Retry-After": "30" },
            body: "The chat is full. Try again later.\n",
          };
        },
        message: (ws, data) => this.#receive(ws, data),
        close: (ws) => this.#leave(ws),
        error: (_ws, error) => {
          // What peers and networks do wrong is daily life, and answered by the library.
          if (!(error instanceof WebSocketError)) report(error);
        },
        request: createPages(new URL("./public/", import.meta.url)),
      },
      { maxMessageBytes: limits.messageBytes, compression: true },
    );
  }

  #receive(ws: Socket, data: string | Uint8Array): void {
    const waitMs = ws.context.takeTurn();
    if (waitMs === "flood") {
      void ws.close(1008, "too many messages");
      return;
    }
    const message = parseClientMessage(data);
    if (waitMs > 0) {
      const { ref } = message as { ref?: string };
      send(ws, { ...complaint("too-fast", "That was too fast. Wait a moment.", ref), retryMs: waitMs });
    } else if (message.type === "error") send(ws, message);
    else if (message.type === "join") this.#join(ws, message);
    else if (message.type === "say") this.#say(ws, message);
    else this.#rename(ws, message.name);
  }

  #join(ws: Socket, { room: roomName, name, session }: Join): void {
    if (this.#isClosed(roomName, session)) {
      send(ws, complaint("room-full", `There is no place left in #${roomName}.`));
      return;
    }
    this.#leave(ws);
    const room = this.#rooms.open(roomName);
    const former = room.bySession(session);
    if (former !== undefined) this.#replace(room, former);
    const member = room.enter(ws, name, session);
    ws.context.place = { room, member };
    ws.subscribe(room.topic);
    send(ws, {
      type: "joined",
      room: room.name,
      name: member.name,
      members: room.names,
      history: room.history.messages,
    });
    this.#announceArrival(room, member, former);
  }

  #isClosed(roomName: string, session: string | undefined): boolean {
    const room = this.#rooms.find(roomName);
    return room?.isFull === true && room.bySession(session) === undefined;
  }

  /** Somebody who is back after a lost connection has, for the others, never been away. */
  #announceArrival(room: Room, member: Member, former: Member | undefined): void {
    const { name, ws } = member;
    if (former === undefined) this.#announce(room, { event: "joined", name }, ws);
    else if (former.name !== name)
      this.#announce(room, { event: "renamed", name, formerName: former.name }, ws);
  }

  #replace(room: Room, former: Member): void {
    former.ws.context.place = undefined;
    former.ws.unsubscribe(room.topic);
    room.leave(former);
    void former.ws.close(REPLACED, "this session has come back on another connection");
  }

  #leave(ws: Socket): void {
    const { place } = ws.context;
    if (place === undefined) return;
    const { room, member } = place;
    ws.context.place = undefined;
    ws.unsubscribe(room.topic);
    room.leave(member);
    this.#announce(room, { event: "left", name: member.name });
    this.#rooms.tidy(room);
  }

  #rename(ws: Socket, name: string): void {
    const { place } = ws.context;
    if (place === undefined) {
      send(ws, complaint("not-joined", "Join a room first."));
      return;
    }
    const { room, member } = place;
    const formerName = member.name;
    if (formerName === name) return;
    if (!room.rename(member, name))
      send(ws, complaint("name-taken", `Somebody here is called ${name} already.`));
    else this.#announce(room, { event: "renamed", name, formerName });
  }

  #say(ws: Socket, { text, ref }: Say): void {
    const { place } = ws.context;
    if (place === undefined) {
      send(ws, complaint("not-joined", "Join a room first.", ref));
      return;
    }
    const { room, member } = place;
    const id = `${this.#start}-${++this.#count}`;
    const message: ChatMessage = { type: "message", id, from: member.name, text, time: Date.now() };
    if (ref !== undefined) message.ref = ref;
    const json = JSON.stringify(message);
    room.history.add(message, Buffer.byteLength(json));
    this.server.publish(room.topic, json);
  }

  /** Tells everybody in the room, or everybody else. */
  #announce(
    room: Room,
    event: Pick<PresenceMessage, "event" | "name" | "formerName">,
    except?: Socket,
  ): void {
    const message: PresenceMessage = { type: "presence", ...event, members: room.names, time: Date.now() };
    const json = JSON.stringify(message);
    if (except === undefined) this.server.publish(room.topic, json);
    else except.publish(room.topic, json);
  }
}

function createVisitor(): Visitor {
  const rate = new RateLimit(performance.now());
  return { place: undefined, takeTurn: () => rate.take(performance.now()) };
}

function send(ws: Socket, message: ServerMessage): void {
  ws.send(JSON.stringify(message));
}
