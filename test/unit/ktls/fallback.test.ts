// What test/ktls holds the kernel's TLS to, where there may be none: everything is the same then, with Node's.

import { describe } from "node:test";
import { probe } from "sluice/uring";
import { connectPair, missingRingTls } from "../../support/ring-tls.js";
import { describeTransport } from "../transport/contract.js";
import { describeHandshakes } from "./handshakes.js";
import { testLastFlight } from "./last-flight.js";

const kind = probe().kernelTls.isAvailable ? "uring+ktls" : "uring+tls";

describe(`TLS over a ring on this host, where it is ${kind}`, { skip: missingRingTls() }, () => {
  describeTransport("kernel TLS, if there were some,", (t) => connectPair(t));
  describeHandshakes(kind);
  testLastFlight(kind);
});
