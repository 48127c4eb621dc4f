// A config file becomes a plan, or the lines that say what is wrong with it: all of them at once.

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { ProxyPlan } from "../proxy-plan.js";
import { checkConfig } from "./config-checks.js";
import { ConfigReader } from "./config-reader.js";
import { configShape } from "./config-table.js";
import { type ConfigValue, planOf } from "./config-values.js";
import { parseJson } from "./json-document.js";
import { mistakeLines } from "./mistakes.js";

/** A file that cannot be used. */
export class ConfigError extends Error {
  /** One for each mistake. */
  readonly lines: readonly string[];

  constructor(lines: readonly string[], options?: ErrorOptions) {
    super(lines.join("\n"), options);
    this.lines = lines;
  }
}

/** Throws `ConfigError`. */
export function readConfig(file: string): ProxyPlan {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      [`${file}:1:1: the config cannot be read (${code}); write the name of a JSON file`],
      { cause },
    );
  }
  const folder = dirname(resolve(file));
  const { root, mistakes } = parseJson(text);
  const reader = new ConfigReader(folder);
  const config =
    root === undefined
      ? undefined
      : (reader.read(root, configShape, "the config") as ConfigValue | undefined);
  if (config !== undefined) checkConfig(config, reader, folder);
  const all = [...mistakes, ...reader.mistakes];
  if (config === undefined || all.length > 0) throw new ConfigError(mistakeLines(file, all));
  return planOf(config, folder);
}
