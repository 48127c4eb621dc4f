// A config file becomes a plan, or the lines that say what is wrong with it: all of them at once.

import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { unreadFileProblem } from "../../unread-file.js";
import { visibleLine } from "../../visible-text.js";
import type { ProxyPlan } from "../proxy-plan.js";
import { checkConfig } from "./config-checks.js";
import { ConfigReader } from "./config-reader.js";
import { configShape } from "./config-table.js";
import { type ConfigValue, planOf } from "./config-values.js";
import { parseJson } from "./json-document.js";
import { warnOfListeners } from "./listener-warnings.js";
import { mistakeLines, type PlacedMistake } from "./mistakes.js";
import { nginxMistake } from "./nginx-config.js";
import { warnOfRedirects } from "./redirect-warnings.js";

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
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const problem = `${file}: the config ${unreadFileProblem(file, cause)}; write the name of a JSON file`;
    throw new ConfigError([visibleLine(problem)], { cause });
  }
  const text = bytes.toString("utf8");
  if (!isUtf8(bytes)) throw new ConfigError(mistakeLines(file, [encodingMistake(bytes, text)]));
  const foreign = nginxMistake(text);
  if (foreign !== undefined) throw new ConfigError(mistakeLines(file, [foreign]));
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
  warnOfListeners(config, reader);
  warnOfRedirects(config, reader, folder);
  const warnings = reader.warnings.map(({ place, text }) => ({ place, text: `warning: ${text}` }));
  return planOf(config, folder, mistakeLines(file, warnings));
}

/** RFC 8259 §8.1: JSON text "MUST be encoded using UTF-8". `text` has U+FFFD in the place of what is no such thing. */
function encodingMistake(bytes: Buffer, text: string): PlacedMistake {
  let [length, at] = [0, 0];
  // One that stands in the file is three bytes there as well.
  for (const part of text.split("\ufffd")) {
    length += Buffer.byteLength(part);
    at += part.length;
    if (bytes.toString("latin1", length, length + 3) !== "\xef\xbf\xbd") break;
    [length, at] = [length + 3, at + 1];
  }
  const before = text.slice(0, at).split("\n");
  const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  return { place, text: "what stands here is no UTF-8, in which JSON is written; save the file as UTF-8" };
}
