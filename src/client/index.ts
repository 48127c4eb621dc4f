export { connect, connectThrough } from "./connect.js";
export { type ConnectOptions, type DialOptions, resolveConnectOptions } from "./connect-options.js";
export { HttpClient, type HttpRequestInit, WebSocketBuilder } from "./http-client.js";
export type { HttpClientOptions } from "./http-options.js";
export type { HttpClientResponse } from "./http-request.js";
export { connectTable } from "./option-names.js";
export { isWorthRetrying, type ReconnectOptions } from "./reconnect-policy.js";
