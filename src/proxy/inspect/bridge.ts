// Two connections as one: what comes as a message on one side leaves as a message on the other. Pings are answered on either
// side by itself; a slow receiver slows the sender; the end of one is the end of the other, in the codes that RFC 6455 and
// IANA's registry have for it.

import {
  Connection,
  type ConnectionHandlers,
  type ConnectionParts,
  type WebSocketConnection,
} from "../../connection/index.js";
import { type Clock, systemClock } from "../../host/index.js";
import { CloseCode, frameHeaderLength, isCloseCode } from "../../protocol/index.js";
import { TransportError } from "../../transport/index.js";
import type { Carriage } from "../carriage.js";
import { drainTimedOut, ProxyError } from "../errors.js";
import type { Passed } from "../exchange.js";
import type { MessageLook, ProxyMessageVerdict } from "../hooks.js";
import type { PassageWatcher } from "../passage-watcher.js";
import { askMessage } from "../phases.js";
import { type SilenceHost, SilenceWatch } from "../silence-watch.js";
import { CountedTransport } from "./counted-transport.js";
import { MeasuredCodec } from "./measured-codec.js";

type Parts = Omit<ConnectionParts<undefined>, "context" | "onEnd">;

export interface BridgeParts {
  readonly client: Parts;
  readonly upstream: Parts;
  readonly idleTimeoutMs: number;
  /** Looks at each message. */
  readonly look: MessageLook | undefined;
  readonly clock?: Clock | undefined;
  /** Both connections are over. */
  ended(error: Error | undefined, passed: Passed): void;
  /** A hook failed, or nothing passed for too long; or this side broke a rule or was lost. */
  failed(error: Error, side: Side["name"] | undefined): void;
}

interface Side {
  readonly name: "client" | "upstream";
  readonly transport: CountedTransport;
  readonly connection: Connection<undefined>;
  readonly codec: MeasuredCodec | undefined;
  messages: number;
  /** Of the pongs that came, with their framing. */
  pongBytes: number;
  isOver: boolean;
}

export class Bridge implements Carriage, SilenceHost {
  readonly #parts: BridgeParts;
  readonly #client: Side;
  readonly #upstream: Side;
  #closeCode: number | undefined;
  #closedBy: Passed["closedBy"];
  #error: Error | undefined;
  #watcher: PassageWatcher | undefined;
  readonly #silence: SilenceWatch;
  #isFinished = false;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
    this.#silence = new SilenceWatch(parts.clock ?? systemClock, this);
    this.#client = this.#createSide("client", parts.client);
    this.#upstream = this.#createSide("upstream", parts.upstream);
  }

  get passed(): Passed {
    const { transport, messages } = this.#client;
    return {
      bytesReceived: transport.bytesReceived,
      bytesSent: transport.bytesSent,
      messagesReceived: messages,
      messagesSent: this.#upstream.messages,
      closeCode: this.#closeCode,
      closedBy: this.#closedBy,
    };
  }

  watch(watcher: PassageWatcher | undefined): boolean {
    this.#watcher = watcher;
    return true;
  }

  start(): void {
    this.#client.connection.listen(this.#handlers(this.#client, this.#upstream));
    this.#upstream.connection.listen(this.#handlers(this.#upstream, this.#client));
    this.#client.connection.start();
    this.#upstream.connection.start();
    this.#silence.limit(this.#parts.idleTimeoutMs);
  }

  /** The client is told the code, and the upstream that the client is going away. */
  close(code: number, reason: string): void {
    this.#noteOwnEnd(code);
    void this.#client.connection.close(code, reason);
    void this.#upstream.connection.close(CloseCode.GOING_AWAY);
  }

  /** Also where a hook never answers, behind which neither side would tell that it is over. */
  destroy(): void {
    if (!hasClosed(this.#client) || !hasClosed(this.#upstream)) this.#error ??= drainTimedOut();
    this.#noteOwnEnd(undefined);
    this.#client.connection.terminate();
    this.#upstream.connection.terminate();
    this.#finish();
  }

  get activity(): number {
    return activityOf(this.#client) + activityOf(this.#upstream);
  }

  silent(): void {
    this.#fail(new ProxyError("IDLE_TIMED_OUT", "no byte passed for too long (idleTimeoutMs)"));
    this.close(CloseCode.GOING_AWAY, "");
  }

  #createSide(name: Side["name"], parts: Parts): Side {
    const transport = new CountedTransport(parts.transport, parts.early?.length);
    const codec = parts.codec && new MeasuredCodec(parts.codec);
    const connection = new Connection<undefined>({ ...parts, transport, codec, context: undefined });
    return { name, transport, connection, codec, messages: 0, pongBytes: 0, isOver: false };
  }

  #handlers(from: Side, to: Side): ConnectionHandlers<undefined> {
    const { look } = this.#parts;
    return {
      message: (_ws, data, isBinary) => {
        from.messages++;
        const compressedBytes = from.codec?.takeMessageBytes();
        this.#watcher?.message(from.name, data, compressedBytes);
        if (look === undefined) return pass(to.connection.handle, data, isBinary);
        return this.#passSeen(from, to, data, look);
      },
      ping: (_ws, data) => this.#watcher?.control(from.name, "ping", data),
      pong: (_ws, data) => {
        from.pongBytes += frameHeaderLength(data.length, from.name === "client") + data.length;
        this.#watcher?.control(from.name, "pong", data);
      },
      error: (_ws, error) => {
        // Whoever misses a heartbeat has not gone: the proxy has given up on them.
        if (error instanceof TransportError && error.code === "HEARTBEAT_MISSED")
          this.#noteEnd("proxy", undefined);
        else this.#noteEndOf(from);
        this.#fail(error, from.name);
        // The peer may take its time to leave; the other side need not wait for that.
        this.#tell(from, to, CloseCode.ABNORMAL, "");
      },
      close: (_ws, code, reason) => this.#closed(from, to, code, reason),
    };
  }

  async #passSeen(from: Side, to: Side, data: string | Uint8Array, look: MessageLook): Promise<unknown> {
    let verdict: ProxyMessageVerdict | null | undefined;
    try {
      verdict = await askMessage(look, { from: from.name, data });
    } catch (error) {
      this.#fail(error as ProxyError);
      this.close(CloseCode.INTERNAL_ERROR, "");
      return undefined;
    }
    if (verdict === null) return undefined;
    if (verdict?.close !== undefined) {
      this.#error ??= new ProxyError("REFUSED", "the hook message ended the connection");
      this.close(verdict.close.code, verdict.close.reason ?? "");
      return undefined;
    }
    const passed = verdict?.data ?? data;
    return pass(to.connection.handle, passed, typeof passed !== "string");
  }

  #fail(error: Error, side?: Side["name"]): void {
    this.#error ??= error;
    this.#parts.failed(error, side);
  }

  #closed(from: Side, to: Side, code: number, reason: string): void {
    from.isOver = true;
    this.#watcher?.closed(from.name, code, reason);
    this.#noteEndOf(from);
    if (to.isOver) this.#finish();
    else this.#tell(from, to, code, reason);
  }

  /** Whoever broke a rule or a limit has been told so by the proxy, and that was the first Close. */
  #noteEndOf({ name, connection }: Side): void {
    const { closedFirstBy, protocol } = connection.link;
    if (closedFirstBy === "us") this.#noteEnd("proxy", protocol.closeSent?.code);
    else this.#noteEnd(name, protocol.closeReceived?.code);
  }

  /** A client that has closed, and whose connection is not over yet, was first. */
  #noteOwnEnd(code: number | undefined): void {
    if (this.#client.connection.link.closedFirstBy === "peer") this.#noteEndOf(this.#client);
    this.#noteEnd("proxy", code);
  }

  #noteEnd(by: NonNullable<Passed["closedBy"]>, code: number | undefined): void {
    if (this.#closedBy !== undefined) return;
    this.#closedBy = by;
    this.#closeCode = code;
  }

  #tell(from: Side, to: Side, code: number, reason: string): void {
    to.connection.send({ type: "close", code: codeFor(from.name, code), reason });
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#silence.stop();
    this.#parts.ended(this.#error, this.passed);
  }
}

/** Nothing is still to come but the end of TCP. */
function hasClosed({ isOver, connection }: Side): boolean {
  const { closeSent, closeReceived } = connection.link.protocol;
  return isOver || (closeSent !== undefined && closeReceived !== undefined);
}

/** A number that grows with what a side sends, and with messages that had to wait. Pongs answer the proxy's own pings, which would
 * keep every connection from being idle. */
function activityOf({ transport, messages, pongBytes }: Side): number {
  return transport.bytesReceived + messages - pongBytes;
}

/** Answers a promise while the receiver is behind, and the sender waits for it. */
function pass(to: WebSocketConnection<undefined>, data: string | Uint8Array, isBinary: boolean): unknown {
  return to.send(data, { binary: isBinary }) === "buffered" ? to.drained() : undefined;
}

/** What one side is told of the end of the other; 1005 for a Close without a code. */
function codeFor(from: Side["name"], code: number): number {
  if (code === CloseCode.NO_STATUS || isCloseCode(code)) return code;
  // 1014: "The server was acting as a gateway or proxy and received an invalid response from the upstream server".
  return from === "upstream" ? CloseCode.BAD_GATEWAY : CloseCode.GOING_AWAY;
}
