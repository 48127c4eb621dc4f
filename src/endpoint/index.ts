export { ClientEndpoint, type ClientEndpointOptions } from "./client-endpoint.js";
export type { Endpoint, EndpointSendOptions } from "./endpoint.js";
export type { ClientEvent, EndpointEvent, OfferEvent, OpenEvent, ServerEvent } from "./endpoint-event.js";
export type { EndpointCompression, EndpointLimits, EndpointOptions } from "./endpoint-options.js";
export { type Acceptance, ServerEndpoint, type ServerEndpointOptions } from "./server-endpoint.js";
