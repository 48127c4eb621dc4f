export { attachKernelTls, missingKernelTls, setKernelKeys } from "./kernel-tls.js";
export { type Offer, type Probe, probe } from "./probe.js";
export { ringLoop } from "./ring-loop.js";
export { UringDialer } from "./uring-dialer.js";
export { UringListener } from "./uring-listener.js";
export { type RecordSink, UringTransport } from "./uring-transport.js";
