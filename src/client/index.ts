export { connect } from "./connect.js";
export type { ConnectOptions, DialOptions } from "./connect-options.js";
export { HttpClient, type HttpClientOptions, type HttpClientResponse, type HttpRequestInit, WebSocketBuilder } from "./http-client.js";
export type { ReconnectOptions } from "./reconnect-policy.js";
