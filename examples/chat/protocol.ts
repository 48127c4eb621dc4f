// What travels between a chat client and the chat server: one JSON object per text message, told apart by "type".
//
// to the server
//   join      { room, name, session? }   First of all, and again to go to another room. Who comes back with the same
//                                        session takes the place of the connection that was lost, name included.
//   rename    { name }
//   say       { text, ref? }             `ref` is the sender's own mark; the message and errors about it carry it.
// to the client
//   joined    { room, name, members, history }     `name` differs from the wish when that one was taken.
//   message   { id, from, text, time, ref? }       To everybody in the room, the sender included.
//   presence  { event, name, formerName?, members, time }   "joined", "left" or "renamed".
//   error     { code, text, ref?, retryMs? }       The connection stays usable.
//
// Times are milliseconds since 1970, lengths are UTF-16 code units. Fields that are not named here are ignored, so that
// a newer client can talk to an older server. The parsers never throw: what a peer sends is not a programming error.

export const limits = {
  nameLength: 24,
  roomLength: 32,
  textLength: 2000,
  refLength: 64,
  /** Guessing somebody's session must be out of reach. */
  minSessionLength: 16,
  maxSessionLength: 64,
  /** The longest text with every character written as \uXXXX, and room for the rest. */
  messageBytes: 16_384,
  historyMessages: 50,
  historyBytes: 65_536,
} as const;

/** The close code for a connection whose session has come back on another one. */
export const REPLACED = 4001;

export type ClientMessage =
  | { type: "join"; room: string; name: string; session: string | undefined }
  | { type: "rename"; name: string }
  | { type: "say"; text: string; ref: string | undefined };

export interface ChatMessage {
  type: "message";
  /** Unique, also across restarts of the server. */
  id: string;
  from: string;
  text: string;
  time: number;
  ref?: string;
}

export interface PresenceMessage {
  type: "presence";
  event: "joined" | "left" | "renamed";
  name: string;
  formerName?: string;
  members: string[];
  time: number;
}

export interface JoinedMessage {
  type: "joined";
  room: string;
  name: string;
  members: string[];
  history: ChatMessage[];
}

export type ErrorCode =
  | "bad-message"
  | "bad-name"
  | "bad-room"
  | "name-taken"
  | "room-full"
  | "not-joined"
  | "empty"
  | "too-long"
  | "too-fast";

export interface ErrorMessage {
  type: "error";
  code: ErrorCode;
  /** For people to read. */
  text: string;
  ref?: string;
  /** Milliseconds after which it is worth trying again. */
  retryMs?: number;
}

export type ServerMessage = JoinedMessage | ChatMessage | PresenceMessage | ErrorMessage;

type Fields = Record<string, unknown>;

/** What a client said, or the complaint to answer it with. */
export function parseClientMessage(data: string | Uint8Array): ClientMessage | ErrorMessage {
  const fields = parseObject(data);
  if (fields === undefined) return complaint("bad-message", "A message is one JSON object, sent as text.");
  if (fields.type === "join") return parseJoin(fields);
  if (fields.type === "rename") {
    const name = parseName(fields.name);
    return typeof name === "string" ? { type: "rename", name } : name;
  }
  if (fields.type === "say") return parseSay(fields);
  return complaint("bad-message", 'The "type" of a message is "join", "rename" or "say".');
}

function parseJoin({ room, name, session }: Fields): ClientMessage | ErrorMessage {
  const goodName = parseName(name);
  if (typeof goodName !== "string") return goodName;
  if (
    typeof room !== "string" ||
    room.length > limits.roomLength ||
    !/^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]*$/u.test(room)
  ) {
    return complaint(
      "bad-room",
      `A room is 1 to ${limits.roomLength} letters, digits, dots, dashes and underscores.`,
    );
  }
  if (session === undefined) return { type: "join", room: room.toLowerCase(), name: goodName, session };
  const { minSessionLength, maxSessionLength } = limits;
  if (typeof session !== "string" || session.length < minSessionLength || session.length > maxSessionLength) {
    return complaint("bad-message", `"session" has ${minSessionLength} to ${maxSessionLength} characters.`);
  }
  return { type: "join", room: room.toLowerCase(), name: goodName, session };
}

/** Letters of every script, but nothing that is invisible: it would let one person look like another. */
function parseName(value: unknown): string | ErrorMessage {
  const name = typeof value === "string" ? value.normalize("NFC").trim().replace(/\s+/g, " ") : "";
  if (name !== "" && name.length <= limits.nameLength && !/[\p{C}\p{Zl}\p{Zp}]/u.test(name)) return name;
  return complaint("bad-name", `A name is 1 to ${limits.nameLength} visible characters.`);
}

function parseSay({ text, ref }: Fields): ClientMessage | ErrorMessage {
  if (ref !== undefined && (typeof ref !== "string" || ref.length > limits.refLength)) {
    return complaint("bad-message", `"ref" has at most ${limits.refLength} characters.`);
  }
  if (typeof text !== "string") return complaint("bad-message", '"text" is missing.', ref);
  const clean = text.replace(/\r\n?/g, "\n").replace(/^\n+|\s+$/g, "");
  if (clean === "") return complaint("empty", "There is nothing to send.", ref);
  if (clean.length > limits.textLength) {
    return complaint(
      "too-long",
      `The message has ${clean.length} characters; ${limits.textLength} are allowed.`,
      ref,
    );
  }
  return { type: "say", text: clean, ref };
}

export function complaint(code: ErrorCode, text: string, ref?: string): ErrorMessage {
  return ref === undefined ? { type: "error", code, text } : { type: "error", code, text, ref };
}

/** What a server said, or undefined for what is none of this protocol. */
export function parseServerMessage(data: string | Uint8Array): ServerMessage | undefined {
  const fields = parseObject(data);
  if (fields?.type === "message") return isChatMessage(fields) ? fields : undefined;
  if (fields?.type === "joined") return isJoined(fields) ? fields : undefined;
  if (fields?.type === "presence") return isPresence(fields) ? fields : undefined;
  if (fields?.type === "error") return isError(fields) ? fields : undefined;
  return undefined;
}

function isChatMessage(fields: Fields): fields is Fields & ChatMessage {
  return (
    areStrings(fields.id, fields.from, fields.text) && isTime(fields.time) && isOptionalString(fields.ref)
  );
}

function isJoined(fields: Fields): fields is Fields & JoinedMessage {
  const { history } = fields;
  if (!areStrings(fields.room, fields.name) || !isListOfStrings(fields.members)) return false;
  return Array.isArray(history) && history.every((entry: unknown) => isObject(entry) && isChatMessage(entry));
}

function isPresence(fields: Fields): fields is Fields & PresenceMessage {
  const { event, name, formerName, members, time } = fields;
  if (event !== "joined" && event !== "left" && event !== "renamed") return false;
  return areStrings(name) && isOptionalString(formerName) && isListOfStrings(members) && isTime(time);
}

function isError(fields: Fields): fields is Fields & ErrorMessage {
  const { retryMs } = fields;
  return (
    areStrings(fields.code, fields.text) &&
    isOptionalString(fields.ref) &&
    (retryMs === undefined || isTime(retryMs))
  );
}

function parseObject(data: string | Uint8Array): Fields | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function areStrings(...values: unknown[]): boolean {
  return values.every((value) => typeof value === "string");
}

function isOptionalString(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function isListOfStrings(value: unknown): boolean {
  return Array.isArray(value) && areStrings(...value);
}

/** Also keeps `new Date(time)` valid: beyond 8.64e15 there are no dates. */
function isTime(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= 8.64e15;
}
