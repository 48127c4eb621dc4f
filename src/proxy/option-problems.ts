// What is wrong with single values, wherever they were read: in options, in a config file or on a command line. Each answers what
// stands behind the value, with what to write instead; undefined for nothing.

import { isFieldValue, isHandshakeHeader, isInNetwork, isToken } from "../handshake/index.js";
import type { Told } from "./words.js";

/** Of `trustedProxies`. */
export function networkProblem(network: string): string | undefined {
  const [address] = network.split("/", 1);
  return isInNetwork(address, network)
    ? undefined
    : 'is no address and no network; write one such as "10.0.0.0/8" or "::1"';
}

/** Of `proxyProtocol` of a listener, beside those whose PROXY headers are taken. Of a unix socket's they are taken of everybody who
 * may connect. */
export function proxyProtocolProblem(
  isUnixSocket: boolean,
  trustedProxies: readonly string[],
): Told | undefined {
  if (isUnixSocket || trustedProxies.length > 0) return undefined;
  return ({ option, setting }) => {
    const advice = setting("trustedProxies", ["10.0.0.0/8"]);
    return `needs ${option("trustedProxies")}, or every connection is cut; write ${advice}`;
  };
}

/** Of a header that is to be set or taken away. */
export function headerNameProblem(name: string): string | undefined {
  if (!isToken(name)) return 'is no name of a header; write one such as "X-Served-By"';
  return isHandshakeHeader(name)
    ? "says where a message ends or what is agreed to, and cannot be changed; take it out"
    : undefined;
}

export function headerValueProblem(value: string): string | undefined {
  return isFieldValue(value) ? undefined : "holds what no header may, such as a line feed; take it out";
}
