export type { Broker, SharedMessage, Subscriber } from "./broker.js";
export type { CloseInfo } from "./close-info.js";
export { Connection, type ConnectionParts } from "./connection.js";
export {
  type ConnectionOptions,
  type ConnectionSettings,
  connectionOptionHints,
  connectionOptionNames,
  type HeartbeatOptions,
  MAX_TIMEOUT_MS,
  resolveConnectionOptions,
  timeoutOption,
} from "./connection-options.js";
export { describeConnection, type Inspect, inspectMethod } from "./description.js";
export { ClosedError, type ClosedErrorCode, closedErrorCodes } from "./errors.js";
export { ignoreRejection, isThenable, toError } from "./handler-outcome.js";
export { type LinkHost, systemHost } from "./link-parts.js";
export {
  type ConnectionHandlers,
  checkHandlers,
  checkListener,
  connectionHandlerHints,
  connectionHandlerNames,
  type HandlerTable,
} from "./listener.js";
export {
  type BufferSource,
  checkSendOptions,
  type MessageData,
  payloadOf,
  type SendOptions,
  type SendResult,
  type WebSocketMessage,
} from "./message.js";
export type { MessageSource } from "./message-source.js";
export { MessageWriter } from "./message-writer.js";
export { Outbox, type OutboxTransport } from "./outbox.js";
export { createTraffic, type Traffic } from "./traffic.js";
export type { TransportKind } from "./transport-kind.js";
export type { UpgradeRequest } from "./upgrade-request.js";
export { WebStreams } from "./web-streams.js";
export type { WebSocketConnection } from "./websocket-connection.js";
