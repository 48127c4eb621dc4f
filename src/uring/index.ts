export { kernelAnswers } from "./kernel-answers.js";
export { type Offer, type Probe, probe } from "./probe.js";
export { ringLoop } from "./ring-loop.js";
export { systemError } from "./system-error.js";
export { attachKernelTls, missingKernelTls, setKernelKeys } from "./tls-options.js";
export { UringDialer } from "./uring-dialer.js";
export { UringListener } from "./uring-listener.js";
export { type RecordSink, UringTransport } from "./uring-transport.js";
