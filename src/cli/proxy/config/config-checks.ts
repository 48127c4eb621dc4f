// What is wrong with a config beyond its shapes.

import { createSecureContext, type SecureContextOptions } from "node:tls";
import { type RouteOptions, resolveProxyOptions, type UpstreamOptions } from "../../../proxy/index.js";
import type { ConfigReader } from "./config-reader.js";
import { type ConfigValue, optionsOf } from "./config-values.js";
import { checkListeners } from "./listener-checks.js";
import type { Place } from "./mistakes.js";
import { checkPlaces } from "./place-checks.js";
import { checkRoutes } from "./route-checks.js";

/** Notes what it finds. What is wrong by itself hides nothing else. */
export function checkConfig(config: ConfigValue, reader: ConfigReader, folder: string): void {
  checkListeners(config, reader);
  checkPlaces(config, reader, folder);
  checkRoutes(config, reader);
  for (const each of [config, ...(config.routes ?? [])]) checkUpstreams(each, reader);
  if (reader.mistakes.length === 0) checkWhole(config, reader);
}

/** Whatever nobody has looked at before. */
function checkWhole(config: ConfigValue, reader: ConfigReader): void {
  try {
    resolveProxyOptions(optionsOf(config));
  } catch (error) {
    reader.noteIn(config, (error as Error).message);
  }
}

function checkUpstreams({ to = [] }: Partial<RouteOptions>, reader: ConfigReader): void {
  for (const upstream of (Array.isArray(to) ? to : [to]) as readonly (UpstreamOptions | string)[]) {
    if (typeof upstream === "string" || upstream.tls === undefined || reader.isBroken(upstream, "tls"))
      continue;
    const { tls } = optionsOf({ to: upstream }).to as UpstreamOptions;
    const { ca, cert, key, passphrase } = tls ?? {};
    checkKeyPair({ ca, cert, key, passphrase }, reader.placeOf(upstream, "tls"), reader);
  }
}

function checkKeyPair(pair: SecureContextOptions, place: Place, reader: ConfigReader): void {
  try {
    createSecureContext(pair);
  } catch (error) {
    const { message } = error as Error;
    const text = `these files cannot be used: ${message}; write the names of a certificate and of its key, and of a passphraseFile where the key has one`;
    reader.note(place, text);
  }
}
