import { describeHandshakes } from "../unit/ktls/handshakes.js";
import { testLastFlight } from "../unit/ktls/last-flight.js";

describeHandshakes("uring+ktls");
testLastFlight("uring+ktls");
