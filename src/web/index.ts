export type { AddressSpace } from "./address-space.js";
export { setGlobalOrigin } from "./base-url.js";
export { CloseEvent, type CloseEventInit } from "./close-event.js";
export { ErrorEvent, type ErrorEventInit } from "./error-event.js";
export type { SocketData, SocketErrorEvent } from "./fired-event.js";
export type { EventInit } from "./interface-shape.js";
export { MessageEvent, type MessageEventInit } from "./message-event.js";
export type {
  EventHandler,
  SocketEventTarget,
  SocketListener,
  SocketListenerOptions,
  TypedEventTarget,
  WebSocketEventMap,
} from "./socket-events.js";
export type { WebSocketOptions } from "./socket-options.js";
export { type BinaryType, WebSocket } from "./websocket.js";
export { type WebSocketCloseInfo, WebSocketError } from "./websocket-error.js";
export {
  type WebSocketOpenInfo,
  WebSocketStream,
  type WebSocketStreamOptions,
} from "./websocket-stream.js";
