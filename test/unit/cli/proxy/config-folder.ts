// A config file of a test, and what is told of it.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { ConfigError, readConfig } from "#src/cli/proxy/config/config-file.js";

/** A folder with these files, by names that may have folders in them. */
export function newFolder(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-config-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** The lines about this config, without the name of its folder. */
export function mistakesOf(
  t: TestContext,
  text: string,
  files: Readonly<Record<string, string>> = {},
): string[] {
  const folder = newFolder(t, { ...files, "proxy.json": text });
  try {
    readConfig(join(folder, "proxy.json"));
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.lines.map((line) => line.replaceAll(`${folder}/`, ""));
  }
  return [];
}

/** What is told of each line of the text. */
export function toldByLine(
  t: TestContext,
  text: string,
  files: Readonly<Record<string, string>> = {},
): string[] {
  return mistakesOf(t, text, files).map((line) => line.replace(/^proxy\.json:(\d+):\d+: /, "$1: "));
}

/** The warnings of this config, without the name of its folder. Throws `ConfigError` for one that has a mistake. */
export function warningsOf(
  t: TestContext,
  text: string,
  files: Readonly<Record<string, string>> = {},
): string[] {
  const folder = newFolder(t, { ...files, "proxy.json": text });
  const { warnings } = readConfig(join(folder, "proxy.json"));
  return warnings.map((line) => line.replaceAll(`${folder}/`, ""));
}

/** What the config is warned of, for each line of the text. Throws `ConfigError` for one that has a mistake. */
export function warningsByLine(
  t: TestContext,
  text: string,
  files: Readonly<Record<string, string>> = {},
): string[] {
  return warningsOf(t, text, files).map((line) => line.replace(/^proxy\.json:(\d+):\d+: warning: /, "$1: "));
}
