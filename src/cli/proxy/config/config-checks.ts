// What is wrong with a config beyond its shapes.

import { resolveProxyOptions } from "../../../proxy/index.js";
import type { ConfigReader } from "./config-reader.js";
import { type ConfigValue, optionsOf } from "./config-values.js";
import { checkListeners } from "./listener-checks.js";
import { checkPlaces } from "./place-checks.js";
import { checkRoutes } from "./route-checks.js";

/** Notes what it finds. What is wrong by itself hides nothing else. */
export function checkConfig(config: ConfigValue, reader: ConfigReader, folder: string): void {
  checkListeners(config, reader);
  checkPlaces(config, reader, folder);
  checkRoutes(config, reader);
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
