export { type AcceptOptions, accept } from "./accept.js";
export { type AttachHandlers, attach } from "./attach.js";
export type { CloseOptions } from "./close-options.js";
export type { ServerMetrics } from "./connection-registry.js";
export type {
  ServerHandlers,
  UpgradeAcceptance,
  UpgradeDecision,
  UpgradeOffering,
  UpgradeRefusal,
} from "./handlers.js";
export type { HttpBody, HttpRequest, HttpResponse } from "./http-exchange.js";
export type { ListenTarget } from "./listen-target.js";
export {
  createServer,
  deliver,
  type ServerAddress,
  type WebSocketServer,
  type WebSocketService,
} from "./server.js";
export type { AdmissionOptions, AttachOptions, ServerOptions } from "./server-options.js";
export type { AnyHttpServer } from "./switchboard.js";
export {
  type MessageRequest,
  toHandlers,
  type UnifiedAnswer,
  type UnifiedHandler,
} from "./unified-handler.js";
