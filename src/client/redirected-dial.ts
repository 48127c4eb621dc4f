// What of the options of dialling holds for where a redirect leads. Whom to trust is between the user and the network and
// goes along; who the user is was meant for one origin, and so were that server's names.

import type { WebSocketTarget } from "../handshake/index.js";
import type { DialSettings } from "./connect-options.js";

const meantForOneOrigin = new Set([
  "cert",
  "key",
  "pfx",
  "passphrase",
  "clientCertEngine",
  "privateKeyEngine",
  "privateKeyIdentifier",
  "pskCallback",
  // It holds a certificate and its key where the user has made it with one, and cannot be asked.
  "secureContext",
  // What was agreed on with the first server names the client to it.
  "session",
  "servername",
  "host",
]);

/** The options for the dialling after the step: as they are within one origin, without identity and names for another. */
export function redirectedDial(
  options: DialSettings,
  from: WebSocketTarget,
  to: WebSocketTarget,
): DialSettings {
  if (from.origin === to.origin || options.tls === undefined) return options;
  const kept = Object.entries(options.tls).filter(([name]) => !meantForOneOrigin.has(name));
  return { ...options, tls: Object.fromEntries(kept) };
}
