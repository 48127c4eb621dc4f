export { type AcceptOptions, accept } from "./accept.js";
export type { Refused } from "./admission.js";
export { type AttachHandlers, attach } from "./attach.js";
export type { CloseOptions } from "./close-options.js";
export type { ServerMetrics } from "./connection-registry.js";
export { type Answerable, DrainingSet } from "./draining-set.js";
export { answerAndLeave } from "./farewell.js";
export { Front, type FrontParts } from "./front.js";
export type {
  ServerHandlers,
  UpgradeAcceptance,
  UpgradeDecision,
  UpgradeOffering,
  UpgradeRefusal,
} from "./handlers.js";
export { type HttpBody, type HttpRequest, type HttpResponse, NodeHttpRequest } from "./http-exchange.js";
export { type ListenTarget, parseListenTarget } from "./listen-target.js";
export type { PlainHandlers } from "./plain-http.js";
export {
  createServer,
  deliver,
  type WebSocketServer,
  type WebSocketService,
} from "./server.js";
export { describeAddress, type ServerAddress } from "./server-address.js";
export type { AdmissionOptions, AttachOptions, ServerOptions } from "./server-options.js";
export type { AnyHttpServer } from "./switchboard.js";
export { checkTlsOptions } from "./tls-options.js";
export {
  type MessageRequest,
  toHandlers,
  type UnifiedAnswer,
  type UnifiedHandler,
} from "./unified-handler.js";
export type { Arrival, FrontSettings, RefusedRequest, UpgradeTaker } from "./upgrade-taker.js";
