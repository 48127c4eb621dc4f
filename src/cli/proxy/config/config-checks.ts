// What is wrong with a config beyond its shapes.

import { proxyMistake } from "../../../proxy/index.js";
import type { ConfigReader } from "./config-reader.js";
import { type ConfigValue, optionsOf } from "./config-values.js";
import { checkListeners } from "./listener-checks.js";
import { checkPlaces } from "./place-checks.js";
import { checkRoutes } from "./route-checks.js";

/** Notes what it finds. What is wrong by itself hides nothing else. */
export function checkConfig(config: ConfigValue, reader: ConfigReader, folder: string): void {
  checkListeners(config, reader);
  checkPlaces(config, reader, folder);
  // Of one that has lost what could not be read, the proxy would say that it is missing.
  const isRightSoFar = !reader.hasMistakes;
  const refusal = isRightSoFar ? proxyMistake(optionsOf(config)) : undefined;
  // Of a thousand routes, each is looked at once.
  if (isRightSoFar && refusal === undefined) return;
  checkRoutes(config, reader);
  // Whatever nobody has looked at before.
  if (refusal !== undefined && !reader.hasMistakes) reader.noteIn(config, refusal);
}
