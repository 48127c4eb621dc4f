import { describeTransport } from "../unit/transport/contract.js";
import { connectPair } from "./ktls-pair.js";

describeTransport("kernel TLS over a ring", (t) => connectPair(t));
describeTransport("kernel TLS over a ring, as the server's end, to Node's TLS", (t) =>
  connectPair(t, { isClientKernels: false }),
);
describeTransport("Node's TLS over a ring to kernel TLS, as the client's end", (t) =>
  connectPair(t, { isServerKernels: false }),
);
