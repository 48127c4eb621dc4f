// Who is connected with whom, as the kernel names the two ends.

import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** An IP address and a port, or the path of a unix socket. */
export type Endpoint = { readonly address: string; readonly port: number } | { readonly path: string };

/** Undefined where an end has no name, or is gone. */
export interface Endpoints {
  readonly remote: Endpoint | undefined;
  readonly local: Endpoint | undefined;
}

/** A stream that is put upon a transport knows them from it. */
interface Informed {
  endpoints?: () => Endpoints;
}

/** Of a socket of Node's, or of a stream that has what a socket has. */
export function endpointsOf(stream: Duplex): Endpoints {
  const { endpoints } = stream as Informed;
  if (typeof endpoints === "function") return endpoints.call(stream);
  const { remoteAddress, remotePort, localAddress, localPort } = stream as Partial<Socket>;
  return { remote: endpointOf(remoteAddress, remotePort), local: endpointOf(localAddress, localPort) };
}

function endpointOf(address: string | undefined, port: number | undefined): Endpoint | undefined {
  return address === undefined || port === undefined ? undefined : { address, port };
}
