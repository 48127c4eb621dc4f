export { connect } from "./connect.js";
export type { ConnectOptions, DialOptions } from "./connect-options.js";
export { HttpClient, type HttpClientOptions, type HttpRequestInit, WebSocketBuilder } from "./http-client.js";
export type { HttpClientResponse } from "./http-request.js";
export { isWorthRetrying, type ReconnectOptions } from "./reconnect-policy.js";
