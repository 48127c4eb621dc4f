// What of the options of dialling holds for where a redirect leads. Whom to trust is between the user and the network and
// goes along; who the user is, that server's names and what to overlook there were meant for one origin. An option that is
// not known here stays behind: a new one of Node's may be about identity.

import type { ConnectionOptions as NodeTlsOptions } from "node:tls";
import type { WebSocketTarget } from "../handshake/index.js";
import type { DialSettings } from "./connect-options.js";

const meantForEveryOrigin = {
  ca: true,
  crl: true,
  allowPartialTrustChain: true,
  // It gets the name of the server that is connected to. One that pins a key must not be lost on the way.
  checkServerIdentity: true,
  minVersion: true,
  maxVersion: true,
  secureProtocol: true,
  secureOptions: true,
  ciphers: true,
  sigalgs: true,
  ecdhCurve: true,
  minDHSize: true,
} satisfies { readonly [name in keyof NodeTlsOptions]?: true };

/** The options for the dialling after the step: as they are within one origin, whom to trust alone for another. */
export function redirectedDial(
  options: DialSettings,
  from: WebSocketTarget,
  to: WebSocketTarget,
): DialSettings {
  if (from.origin === to.origin || options.tls === undefined) return options;
  return { ...options, tls: Object.fromEntries(Object.entries(options.tls).filter(isMeantForEveryOrigin)) };
}

function isMeantForEveryOrigin([name, value]: [string, unknown]): boolean {
  // To check is not the default where the environment says otherwise, so the wish to check goes along.
  if (name === "rejectUnauthorized") return value !== false;
  return Object.hasOwn(meantForEveryOrigin, name);
}
