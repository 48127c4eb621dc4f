export { type Offer, type Probe, probe } from "./uring/index.js";
