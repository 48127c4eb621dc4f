// One line for each connection that comes and goes, and with -v one for each message.

import type { WebSocketConnection } from "../../connection/index.js";
import { WebSocketError } from "../../protocol/index.js";
import type { ServerHandlers } from "../../server/index.js";
import { countBytes, shortHex } from "../byte-text.js";
import type { Console } from "../command.js";
import { describeClose, describeError } from "../describe.js";
import { type Paint, paintFor } from "../palette.js";
import { PatientLog } from "../patient-log.js";
import { visibleLine } from "../visible-text.js";
import { describeFault } from "./handler-module.js";

export interface ServeLogOptions {
  readonly isVerbose: boolean;
  readonly isQuiet: boolean;
  readonly hasNoColor: boolean;
}

const MAX_SHOWN_CHARACTERS = 200;
const MAX_SHOWN_BYTES = 32;

interface Visit {
  readonly number: number;
  messages: number;
}

export class ServeLog {
  readonly #log: PatientLog;
  readonly #options: ServeLogOptions;
  readonly #paint: Paint;
  readonly #visits = new WeakMap<WebSocketConnection, Visit>();
  #count = 0;

  constructor(console: Console, options: ServeLogOptions) {
    this.#log = new PatientLog(console.stderr);
    this.#options = options;
    this.#paint = paintFor(console.stderr, console, options.hasNoColor);
  }

  /** The same handlers, with a look at what passes. `ended` is told when a connection is over. */
  around(handlers: ServerHandlers, ended: () => void): ServerHandlers {
    // Handlers may be methods of an object with a life of its own.
    const call = <Name extends keyof ServerHandlers>(name: Name): ServerHandlers[Name] =>
      handlers[name]?.bind(handlers) as ServerHandlers[Name];
    const [open, message, close, error] = [call("open"), call("message"), call("close"), call("error")];
    return {
      upgrade: call("upgrade"),
      drain: call("drain"),
      ping: call("ping"),
      pong: call("pong"),
      request: call("request"),
      fetch: call("fetch"),
      open: (ws) => {
        this.#opened(ws);
        return open?.(ws);
      },
      message: (ws, data, isBinary) => {
        this.#message(ws, data);
        return message?.(ws, data, isBinary);
      },
      close: (ws, code, reason) => {
        this.#closed(ws, code, reason);
        ended();
        return close?.(ws, code, reason);
      },
      error: (ws, failure) => {
        this.#failed(ws, failure);
        return error?.(ws, failure);
      },
    };
  }

  note(text: string): void {
    if (!this.#options.isQuiet) this.#log.detail(text);
  }

  problem(text: string): void {
    this.#log.line(text);
  }

  #opened(ws: WebSocketConnection): void {
    const visit = { number: ++this.#count, messages: 0 };
    this.#visits.set(ws, visit);
    const { remoteAddress, request, protocol, extensions } = ws;
    const from = remoteAddress === undefined ? "" : ` from ${remoteAddress}`;
    const origin = request.headers.get("origin");
    const details = [
      protocol === "" ? undefined : `subprotocol ${protocol}`,
      extensions === "" ? undefined : "compression",
      origin === undefined ? undefined : `origin ${origin}`,
    ].filter((detail) => detail !== undefined);
    const extra = details.length === 0 ? "" : ` (${details.join(", ")})`;
    this.#line(visit, "green", "+", visibleLine(`${request.url}${from}${extra}`));
  }

  #message(ws: WebSocketConnection, data: string | Uint8Array): void {
    const visit = this.#visits.get(ws);
    if (visit === undefined) return;
    visit.messages++;
    if (this.#options.isVerbose) this.#line(visit, "cyan", "<", describeMessage(data));
  }

  #closed(ws: WebSocketConnection, code: number, reason: string): void {
    const visit = this.#visits.get(ws);
    if (visit === undefined) return;
    const messages = `${visit.messages} ${visit.messages === 1 ? "message" : "messages"}`;
    this.#line(visit, "dim", "-", `${describeClose(code, reason)}, after ${messages}`);
  }

  #failed(ws: WebSocketConnection | undefined, error: Error): void {
    // Of a fault in somebody's handler, the line it is in is what helps.
    const text = error instanceof WebSocketError ? describeError(error) : describeFault(error);
    const visit = ws && this.#visits.get(ws);
    if (visit === undefined) this.note(`${this.#paint("red", "!")} ${text}`);
    else this.#line(visit, "red", "!", text);
  }

  #line({ number }: Visit, color: Parameters<Paint>[0], mark: string, text: string): void {
    this.note(`${this.#paint("dim", `#${number}`)} ${this.#paint(color, mark)} ${text}`);
  }
}

function describeMessage(data: string | Uint8Array): string {
  if (typeof data !== "string") return `(${countBytes(data.length)}) ${shortHex(data, MAX_SHOWN_BYTES)}`;
  const more = data.length > MAX_SHOWN_CHARACTERS ? " …" : "";
  return `${visibleLine(data.slice(0, MAX_SHOWN_CHARACTERS))}${more}`;
}
