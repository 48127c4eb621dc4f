export type { Agreement } from "./agreement.js";
export { ClientEndpoint, type ClientEndpointOptions } from "./client-endpoint.js";
export { ClientOpening } from "./client-opening.js";
export type { Endpoint, EndpointSendOptions } from "./endpoint.js";
export type { ClientEvent, EndpointEvent, OfferEvent, OpenEvent, ServerEvent } from "./endpoint-event.js";
export type { EndpointCompression, EndpointLimits, EndpointOptions } from "./endpoint-options.js";
export { ServerEndpoint, type ServerEndpointOptions } from "./server-endpoint.js";
export { type Acceptance, acceptUpgrade, type ServerAgreement } from "./server-opening.js";
