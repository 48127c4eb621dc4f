// The names under which `ws` exports its parts, on its class too: the class is all that `require` gives, so that for
// TypeScript it is a namespace of the values and of the types.

import type {
  CloseEvent,
  Data,
  ErrorEvent,
  Event,
  EventListenerOptions,
  MessageEvent,
  RawData,
  WebSocketEventMap,
} from "./ws/browser-events.js";
import type { CertMeta, ClientOptions, FinishRequestCallback } from "./ws/client-options.js";
import { format, parse as parseExtensions } from "./ws/extension.js";
import { PerMessageDeflate } from "./ws/permessage-deflate.js";
import type { PerMessageDeflateOptions } from "./ws/permessage-deflate-options.js";
import { Receiver } from "./ws/receiver.js";
import { Sender } from "./ws/sender.js";
import type {
  AddressInfo,
  ServerOptions,
  VerifyClientCallbackAsync,
  VerifyClientCallbackSync,
} from "./ws/server-options.js";
import { createWebSocketStream } from "./ws/stream.js";
import { parse as parseSubprotocols } from "./ws/subprotocol.js";
import { WebSocket } from "./ws/websocket.js";
import { WebSocketServer } from "./ws/websocket-server.js";

/** The header Sec-WebSocket-Extensions, read and written. */
const extension = { format, parse: parseExtensions };
/** The header Sec-WebSocket-Protocol, read. */
const subprotocol = { parse: parseSubprotocols };

Object.assign(WebSocket, {
  createWebSocketStream,
  extension,
  PerMessageDeflate,
  Receiver,
  Sender,
  Server: WebSocketServer,
  subprotocol,
  WebSocket,
  WebSocketServer,
});

declare module "./ws/websocket.js" {
  // biome-ignore lint/style/noNamespace: nothing else can be a member of a class and a type at once; it is erased.
  namespace WebSocket {
    export {
      type AddressInfo,
      type CertMeta,
      type ClientOptions,
      type CloseEvent,
      createWebSocketStream,
      type Data,
      type ErrorEvent,
      type Event,
      type EventListenerOptions,
      extension,
      type FinishRequestCallback,
      type MessageEvent,
      PerMessageDeflate,
      type PerMessageDeflateOptions,
      type RawData,
      Receiver,
      Sender,
      type ServerOptions,
      subprotocol,
      type VerifyClientCallbackAsync,
      type VerifyClientCallbackSync,
      WebSocket,
      type WebSocketEventMap,
      WebSocketServer,
      WebSocketServer as Server,
    };
  }
}

export type { CodecOutput, FrameOutput, MessageCodec } from "../protocol/index.js";
export type { BinaryType, MessageData } from "./ws/binary-type.js";
export type {
  CloseEvent,
  Data,
  ErrorEvent,
  Event,
  EventListenerOptions,
  MessageEvent,
  RawData,
  WebSocketAttributes,
  WebSocketEventHandler,
  WebSocketEventListener,
  WebSocketEventMap,
} from "./ws/browser-events.js";
export type { ChannelOptions } from "./ws/channel-options.js";
export type { CertMeta, ClientOptions, FinishRequestCallback } from "./ws/client-options.js";
export type { NegotiatedParameters, ReceivedParameters } from "./ws/deflate-parameters.js";
export type { FrameOptions, GenerateMask } from "./ws/encoded-frame.js";
export type { FrameGatherer, SendCallback } from "./ws/frame-gatherer.js";
export type { IncomingSink } from "./ws/incoming.js";
export type { DeflateCallback, Extensions } from "./ws/permessage-deflate.js";
export type { DeflateZlibOptions, PerMessageDeflateOptions } from "./ws/permessage-deflate-options.js";
export type { ReadyState } from "./ws/ready-state.js";
export type { ChunkReader, ReceiverOptions } from "./ws/receiver.js";
export type { MessageOptions } from "./ws/sender.js";
export type {
  AddressInfo,
  ClientInfo,
  ProtocolChoice,
  ServerOptions,
  ServerSettings,
  VerifyClientCallback,
  VerifyClientCallbackAsync,
  VerifyClientCallbackSync,
  WebSocketClass,
} from "./ws/server-options.js";
export type { StreamedWebSocket } from "./ws/stream.js";
export type {
  AnyListener,
  Listener,
  ServerEvents,
  ServerListener,
  WebSocketEvents,
} from "./ws/typed-listeners.js";
export type { ControlCallback, MessageCallback } from "./ws/websocket.js";
export type { Server, UpgradeCallback } from "./ws/websocket-server.js";
export {
  createWebSocketStream,
  extension,
  PerMessageDeflate,
  Receiver,
  Sender,
  subprotocol,
  WebSocket,
  WebSocketServer,
};
