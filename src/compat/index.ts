// The names under which `ws` exports its parts, on its class too.

import { format, parse as parseExtensions } from "./ws/extension.js";
import { PerMessageDeflate } from "./ws/permessage-deflate.js";
import { Receiver } from "./ws/receiver.js";
import { Sender } from "./ws/sender.js";
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

export type { CodecOutput, FrameOutput, MessageCodec } from "../protocol/index.js";
export type { ChannelOptions } from "./ws/channel-options.js";
export type { ClientOptions } from "./ws/client-options.js";
export type { NegotiatedParameters, ReceivedParameters } from "./ws/deflate-parameters.js";
export type { FrameOptions, GenerateMask } from "./ws/encoded-frame.js";
export type {
  CloseEvent,
  CloseEventFields,
  ErrorEvent,
  ErrorEventFields,
  Event,
  MessageEvent,
} from "./ws/event-target.js";
export type { BinaryType, IncomingSink, MessageData } from "./ws/incoming.js";
export type { DeflateCallback, Extensions } from "./ws/permessage-deflate.js";
export type { DeflateZlibOptions, PerMessageDeflateOptions } from "./ws/permessage-deflate-options.js";
export type { ReadyState } from "./ws/ready-state.js";
export type { ChunkReader, ReceiverOptions } from "./ws/receiver.js";
export type { FrameGatherer, MessageOptions } from "./ws/sender.js";
export type {
  ClientInfo,
  ProtocolChoice,
  ServerOptions,
  ServerSettings,
  VerifyClient,
  VerifyClientCallback,
  WebSocketClass,
} from "./ws/server-options.js";
export type { SendCallback } from "./ws/socket-output.js";
export type { StreamedWebSocket } from "./ws/stream.js";
export type { ControlCallback, MessageCallback } from "./ws/websocket.js";
export type { UpgradeCallback } from "./ws/websocket-server.js";
export type {
  RawData,
  ServerEventMap,
  WebSocketAttributes,
  WebSocketCloseEvent,
  WebSocketErrorEvent,
  WebSocketEvent,
  WebSocketEventHandler,
  WebSocketEventListener,
  WebSocketEventMap,
  WebSocketEventsByType,
  WebSocketMessageEvent,
} from "./ws/websocket-types.js";
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
