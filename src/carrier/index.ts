export {
  checkTransport,
  createDialer,
  createListener,
  createTlsListener,
  portSharingProblem,
  secure,
  type TransportChoice,
} from "./carrier.js";
