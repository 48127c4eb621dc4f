export {
  checkTransport,
  createDialer,
  createListener,
  createTlsListener,
  secure,
  type TransportChoice,
} from "./carrier.js";
