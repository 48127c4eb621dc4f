// Lines for people: a connection that has come, one that has gone, and what goes wrong.

import { fstatSync } from "node:fs";
import type {
  AccessLogEntry,
  HealthChange,
  ProxyExchange,
  ProxyHooks,
  ProxyMessage,
  TlsFailure,
} from "../../proxy/index.js";
import type { Console } from "../command.js";
import { describeClose } from "../describe.js";
import { type Paint, paintFor } from "../palette.js";
import { PatientLog } from "../patient-log.js";
import { visibleLine } from "../visible-text.js";
import { describeFailure } from "./proxy-failure.js";
import { counted } from "./proxy-plan.js";

export interface ProxyLogOptions {
  readonly isVerbose: boolean;
  readonly isQuiet: boolean;
  readonly hasNoColor: boolean;
}

export class ProxyLog {
  readonly #log: PatientLog;
  readonly #options: ProxyLogOptions;
  readonly #paint: Paint;

  constructor(console: Console, options: ProxyLogOptions) {
    this.#log = new PatientLog(console.stderr, isFile(console.stderr) ? timePrefix : undefined);
    this.#options = options;
    this.#paint = paintFor(console.stderr, console, options.hasNoColor);
  }

  /** What the proxy is to call; each entry is written. Beside an access log there are no lines for connections, unless they are
   * asked for. */
  hooks(write: (entry: AccessLogEntry) => void, hasAccessLog: boolean): ProxyHooks {
    const { isVerbose, isQuiet } = this.#options;
    const hasLines = !isQuiet && (isVerbose || !hasAccessLog);
    return {
      request: hasLines ? (exchange) => this.#came(exchange) : undefined,
      upstreamSelected: isVerbose ? (exchange) => this.#selected(exchange) : undefined,
      log: (entry) => {
        write(entry);
        if (hasLines) this.#gone(entry);
      },
      error: (error, exchange, side) => this.#failed(error, exchange, side),
      upstreamHealth: (change) => this.#healthChanged(change),
      tlsFailed: isVerbose ? (failure) => this.#tlsFailed(failure) : undefined,
    };
  }

  note(text: string): void {
    if (!this.#options.isQuiet) this.#log.detail(text);
  }

  /** What whoever runs it has to know, quiet or not. */
  always(text: string): void {
    this.#log.line(text);
  }

  #came({ id, kind, url, host, clientAddress = "a unix socket" }: ProxyExchange): void {
    if (kind === "websocket") this.#line(id, "green", "+", `${url} at ${host} from ${clientAddress}`);
  }

  #selected({ id, upstream = "" }: ProxyExchange): void {
    this.#line(id, "cyan", ">", upstream);
  }

  #gone(entry: AccessLogEntry): void {
    const { id, kind, status, upstream, durationMs, error } = entry;
    const where = upstream === undefined ? "" : `, ${upstream}`;
    const duration = describeDuration(durationMs);
    if (kind === "websocket" && status === 101) {
      const why = error === undefined ? "" : ` ${error}`;
      this.#line(
        id,
        "dim",
        "-",
        `${describeEnd(entry)}${why}, after ${describeMessages(entry)} in ${duration}${where}`,
      );
    } else {
      const why = error === undefined ? "" : ` ${error}`;
      this.#line(
        id,
        status < 400 ? "dim" : "yellow",
        "-",
        `${describeRequest(entry)}: ${status}${why}, ${duration}${where}`,
      );
    }
  }

  #failed(error: Error, exchange: ProxyExchange | undefined, side: ProxyMessage["from"] | undefined): void {
    const text = `${side === undefined ? "" : `from the ${side}: `}${describeFailure(error)}`;
    if (exchange === undefined) this.always(`${this.#paint("red", "!")} ${text}`);
    else this.#line(exchange.id, "red", "!", text);
  }

  #healthChanged({ route, upstream, isHealthy, reason }: HealthChange): void {
    const mark = isHealthy ? this.#paint("green", "+") : this.#paint("red", "!");
    const state = isHealthy ? "is in service again" : "is out of service";
    this.always(`${mark} ${visibleLine(`${upstream} of route ${route} ${state}: ${reason}`)}`);
  }

  /** Scanners see to it that there are many of these. */
  #tlsFailed({ error }: TlsFailure): void {
    this.#log.detail(`${this.#paint("yellow", "-")} ${describeFailure(error)}`);
  }

  #line(id: number, color: Parameters<Paint>[0], mark: string, text: string): void {
    this.#log.detail(`${this.#paint("dim", `#${id}`)} ${this.#paint(color, mark)} ${visibleLine(text)}`);
  }
}

/** Whoever reads a pipe or a socket, such as journald, dates what comes; in a file, nobody does. */
function isFile(output: object): boolean {
  const { fd } = output as { fd?: unknown };
  try {
    return typeof fd === "number" && fstatSync(fd).isFile();
  } catch {
    // It is closed.
    return false;
  }
}

function timePrefix(): string {
  return `${new Date().toISOString()} `;
}

function describeEnd({ closeCode, closedBy }: AccessLogEntry): string {
  const by = closedBy === undefined ? "" : ` by the ${closedBy}`;
  return `${closeCode === undefined ? "ended without a close code" : describeClose(closeCode, "")}${by}`;
}

function describeMessages({
  messagesReceived,
  messagesSent,
  bytesReceived,
  bytesSent,
}: AccessLogEntry): string {
  if (messagesReceived === undefined || messagesSent === undefined)
    return `${bytesReceived} bytes from it and ${bytesSent} to it`;
  return `${counted(messagesReceived, "message")} from it and ${messagesSent} to it`;
}

/** "12 ms", "3.4 s", "2 h 5 min" */
function describeDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function describeRequest({ method, url, error }: AccessLogEntry): string {
  if (method !== "") return `${method} ${url}`;
  return `a request that cannot be read${error === "HEAD_MALFORMED" ? " (TLS, at a port without tls?)" : ""}`;
}
