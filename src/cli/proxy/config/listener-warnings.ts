// Listeners that can be had, and that clients may not get along with.

import { X509Certificate } from "node:crypto";
import { portSharingProblem } from "../../../carrier/index.js";
import { isRecord } from "../../../protocol/index.js";
import { hostDoubt, validityDoubt } from "../certificate-doubts.js";
import type { ConfigReader } from "./config-reader.js";
import type { ConfigValue, ListenerValue, RouteValue } from "./config-values.js";
import { listenEntries } from "./listener-checks.js";
import { quote } from "./mistakes.js";
import { partsWith } from "./parts.js";

/** Notes them. Of a config without mistakes. */
export function warnOfListeners(config: ConfigValue, reader: ConfigReader): void {
  const listeners = listenEntries(config, reader)
    .map(({ value }) => value)
    .filter((value): value is ListenerValue => isRecord(value));
  const certs = listeners.flatMap((listener) => certsOf(listener, reader));
  for (const part of partsWith("host", config)) warnOfHosts(part, certs, reader);
  for (const listener of listeners.filter(({ reusePort }) => reusePort === true)) {
    const problem = portSharingProblem(config.transport, listener.tls === undefined);
    if (problem !== undefined)
      reader.warn(reader.placeOf(listener, "reusePort"), `reusePort cannot be had here: ${problem}`);
  }
}

/** Warns of each that is refused at this time. */
function certsOf(listener: ListenerValue, reader: ConfigReader): readonly X509Certificate[] {
  return (listener.tls?.certificates ?? []).map(({ cert = "" }, index) => {
    const certificate = new X509Certificate(cert);
    const place = `tls.certificates[${index}].cert`;
    const doubt = validityDoubt(certificate, Date.now());
    if (doubt !== undefined) reader.warn(reader.placeOf(listener, place), `${place} ${doubt}`);
    return certificate;
  });
}

function warnOfHosts(part: RouteValue, certs: readonly X509Certificate[], reader: ConfigReader): void {
  const { host = [] } = part;
  const isList = Array.isArray(host);
  for (const [index, each] of [host].flat().entries()) {
    const doubt = hostDoubt(each, certs);
    const place = reader.placeOf(part, isList ? `host[${index}]` : "host");
    if (doubt !== undefined) reader.warn(place, `host ${quote(each)} ${doubt}`);
  }
}
