export { type Admin, startAdmin } from "./admin/admin.js";
export type { AdminOptions } from "./admin/admin-options.js";
export type { ProxyCloseOptions } from "./close-options.js";
export { ProxyError, type ProxyErrorCode, type ProxyErrorOptions, proxyErrorCodes } from "./errors.js";
export { besideRoutes, type Hints, use, useAs } from "./hints.js";
export type {
  AccessLogEntry,
  HookAnswer,
  ProxyExchange,
  ProxyHooks,
  ProxyMessage,
  ProxyMessageAnswer,
  ProxyMessageVerdict,
  ProxyRefusal,
  UpstreamRequestAnswer,
  UpstreamRequestHead,
  UpstreamResponseAnswer,
  UpstreamResponseHead,
} from "./hooks.js";
export type { CertificateOptions, ProxyTlsOptions } from "./listening/certificate-options.js";
export {
  handOver,
  type InheritedListeners,
  inheritedListeners,
  type ListeningDescriptor,
  type Successor,
} from "./listening/hand-over.js";
export { listenerTlsMistakes } from "./listening/listener-certificates.js";
export type { TlsFailure, TlsFailureReason } from "./listening/tls-failure.js";
export type { Mistake } from "./mistakes.js";
export {
  activeHints,
  healthHints,
  httpsRedirectHints,
  inspectHints,
  proxyHints,
  routeHints,
  upstreamHints,
} from "./option-names.js";
export {
  headerNameProblem,
  headerValueProblem,
  networkProblem,
  proxyProtocolProblem,
} from "./option-problems.js";
export { certificateProblem, keyProblem, pairProblem } from "./pem-content.js";
export { createProxy, type ProxyListenOptions, type ReverseProxy } from "./proxy.js";
export type { ForwardedStyle, ProxyOptions } from "./proxy-options.js";
export {
  type ListeningSettings,
  proxyMistake,
  resolveListeningOptions,
  resolveProxyOptions,
} from "./proxy-settings.js";
export { nameConflicts, type RouteConflict, reachConflicts } from "./route-conflicts.js";
export { type RouteMistake, routeListMistakes, routesOf } from "./route-list.js";
export type {
  HeaderChanges,
  HttpsRedirectOptions,
  HttpsRedirectStatus,
  InspectOptions,
  ProxyMode,
  RouteOptions,
} from "./route-options.js";
export { hostProblem, pathProblem, replacementProblem } from "./routing/pattern-problems.js";
export { routeName } from "./routing/route-pattern.js";
export { socketPathProblem } from "./socket-path.js";
export type { FrameRecord, FrameType } from "./tap/frame-record.js";
export { healthPathProblem, statusesProblem } from "./upstream/health/health-settings.js";
export type {
  ActiveHealthOptions,
  Balance,
  HealthOptions,
  PassiveHealthOptions,
  QueueOptions,
  UpstreamOptions,
  UpstreamTarget,
} from "./upstream/upstream-options.js";
export type { HealthChange, RouteUpstreamsState, UpstreamState } from "./upstream/upstream-state.js";
export { isUrlShown, upstreamUrlProblem } from "./upstream/upstream-url.js";
export { literal, type Told, tell, type Words } from "./words.js";
