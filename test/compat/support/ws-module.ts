// What both implementations are seen as: the documented members, and those undocumented ones that programs reach for. The
// arguments are as wide as JavaScript lets them be, because wrong arguments are compared too.

import type { EventEmitter } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex, DuplexOptions, Writable } from "node:stream";

export type Options = Record<string, unknown>;

export type Callback = (error?: Error | null) => void;

/** An event as `addEventListener` hands it out; each type of event has some of these. */
export interface CompatEvent {
  readonly type: string;
  readonly target: unknown;
  readonly data?: unknown;
  readonly code?: number;
  readonly reason?: string;
  readonly wasClean?: boolean;
  readonly error?: unknown;
  readonly message?: string;
}

export type EventHandler = ((event: CompatEvent) => void) | { handleEvent(event: CompatEvent): void };

export interface CompatSocket extends EventEmitter {
  readonly CONNECTING: number;
  readonly OPEN: number;
  readonly CLOSING: number;
  readonly CLOSED: number;
  binaryType: string;
  readonly bufferedAmount: number;
  readonly extensions: string;
  readonly isPaused: boolean;
  readonly protocol: string;
  readonly readyState: number;
  readonly url: string;
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
  addEventListener(type: string, handler: EventHandler, options?: Options): void;
  removeEventListener(type: string, handler: EventHandler): void;
  close(code?: unknown, reason?: unknown): void;
  pause(): void;
  resume(): void;
  terminate(): void;
  ping(data?: unknown, mask?: unknown, callback?: Callback): void;
  pong(data?: unknown, mask?: unknown, callback?: Callback): void;
  send(data: unknown, options?: Options | Callback, callback?: Callback): void;
  readonly _socket: Socket;
  readonly _sender: CompatSender;
  readonly _receiver: CompatReceiver;
  readonly _readyState: number;
  readonly _closeFrameSent: boolean;
  readonly _closeFrameReceived: boolean;
  readonly _closeCode: number;
  readonly _closeMessage: Buffer;
  readonly _isServer: boolean;
  readonly _protocol: string;
  readonly _extensions: Record<string, unknown>;
  readonly _req: ClientRequest | null;
}

export interface CompatServer extends EventEmitter {
  readonly clients: Set<CompatSocket> | undefined;
  readonly options: Options;
  address(): unknown;
  close(callback?: Callback): void;
  shouldHandle(request: IncomingMessage): boolean;
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    callback: (socket: CompatSocket, request: IncomingMessage) => void,
  ): void;
}

export type CompatReceiver = Writable;

export interface CompatSender {
  _firstFragment: boolean;
  close(code: unknown, data: unknown, mask: boolean, callback?: Callback): void;
  ping(data: unknown, mask: boolean, callback?: Callback): void;
  pong(data: unknown, mask: boolean, callback?: Callback): void;
  send(data: unknown, options: Options, callback?: Callback): void;
  sendFrame(list: readonly (Buffer | string)[], callback?: Callback): void;
}

export interface CompatDeflate {
  params: Options | null;
  offer(): Options;
  accept(configurations: readonly Record<string, unknown[]>[]): Options;
  compress(data: Buffer, fin: boolean, callback: (error: Error | null, data: Buffer) => void): void;
  decompress(data: Buffer, fin: boolean, callback: (error: Error | null, data: Buffer) => void): void;
  cleanup(): void;
}

export interface SocketClass {
  new (
    address: string | URL | null,
    protocols?: string | readonly string[] | Options | null,
    options?: Options,
  ): CompatSocket;
  readonly prototype: CompatSocket;
  readonly CONNECTING: number;
  readonly OPEN: number;
  readonly CLOSING: number;
  readonly CLOSED: number;
}

export interface WsModule {
  readonly default: SocketClass &
    Omit<WsModule, "default"> & { readonly Server: WsModule["WebSocketServer"] };
  readonly WebSocket: SocketClass;
  readonly WebSocketServer: { new (options?: Options, callback?: () => void): CompatServer };
  readonly createWebSocketStream: (socket: CompatSocket, options?: DuplexOptions) => Duplex;
  readonly Receiver: { new (options?: Options): CompatReceiver };
  readonly Sender: {
    new (socket: Duplex, extensions?: unknown, generateMask?: (mask: Buffer) => void): CompatSender;
    frame(data: unknown, options: Options): (Buffer | string)[];
  };
  readonly PerMessageDeflate: { new (options?: Options): CompatDeflate; readonly extensionName: string };
  readonly extension: {
    parse(header: string): Record<string, Record<string, unknown[]>[]>;
    format(extensions: Options): string;
  };
  readonly subprotocol: { parse(header: string): Set<string> };
}
