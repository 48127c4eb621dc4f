export { kernelTls } from "./kernel-tls.js";
