import { kernelTls } from "#src/ktls/index.js";
import { connectPair } from "../support/ring-tls.js";
import { describeTransport } from "../unit/transport/contract.js";

describeTransport("kernel TLS over a ring", (t) => connectPair(t));
describeTransport("kernel TLS over a ring, as the server's end, to Node's TLS", (t) =>
  connectPair(t, { successors: { server: kernelTls } }),
);
describeTransport("Node's TLS over a ring to kernel TLS, as the client's end", (t) =>
  connectPair(t, { successors: { client: kernelTls } }),
);
