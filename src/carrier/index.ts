export { checkTransport, createDialer, createListener, type TransportChoice } from "./carrier.js";
