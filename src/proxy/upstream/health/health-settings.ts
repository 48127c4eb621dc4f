// The options about health with their values, checked.

import { timeoutOption } from "../../../connection/index.js";
import {
  checkNumber,
  checkOptions,
  checkType,
  describeValue,
  invalidArgument,
} from "../../../protocol/index.js";
import { encodeProxyHeader } from "../../listening/proxy-header-encoding.js";
import { all } from "../../mistakes.js";
import { activeTable, healthTable, passiveTable } from "../../option-names.js";
import type { ActiveHealthOptions, HealthOptions, PassiveHealthOptions } from "../upstream-options.js";
import type { ActiveHealthSettings } from "./active-health.js";
import type { PassiveHealthSettings } from "./passive-health.js";

export interface HealthSettings {
  readonly passive: PassiveHealthSettings | undefined;
  readonly active: ActiveHealthSettings | undefined;
}

/** Throws `Mistakes`. */
export function resolveHealth(
  health: HealthOptions = {},
  sendProxyProtocol?: 1 | 2 | undefined,
): HealthSettings {
  checkOptions(health, healthTable);
  const { passive = {}, active = false } = health;
  return all<HealthSettings>({
    passive: () => (passive === false ? undefined : passiveOf(passive)),
    active: () => (active === false ? undefined : activeOf(active === true ? {} : active, sendProxyProtocol)),
  });
}

function passiveOf(passive: PassiveHealthOptions): PassiveHealthSettings {
  checkOptions(passive, passiveTable);
  return all<PassiveHealthSettings>({
    maxFailures: () => checkInteger("health.passive.maxFailures", passive.maxFailures, 3, 1),
    ejectMs: () => delayOption("health.passive.ejectMs", passive.ejectMs, 10_000),
  });
}

function activeOf(active: ActiveHealthOptions, version: 1 | 2 | undefined): ActiveHealthSettings {
  checkOptions(active, activeTable);
  const { path, statuses } = active;
  return all<ActiveHealthSettings>({
    path: () => pathOf(path),
    statuses: () => statusesOf(statuses, path),
    intervalMs: () => delayOption("health.active.intervalMs", active.intervalMs, 5000),
    timeoutMs: () => delayOption("health.active.timeoutMs", active.timeoutMs, 2000),
    preamble: () => version && encodeProxyHeader(version, undefined, undefined),
    rise: () => checkInteger("health.active.rise", active.rise, 2, 1),
    fall: () => checkInteger("health.active.fall", active.fall, 3, 1),
  });
}

function pathOf(path: string | undefined): string | undefined {
  checkType("health.active.path", path, "string", 'a path such as "/health"');
  if (path === undefined || isHealthPath(path)) return path;
  const text = `health.active.path is ${describeValue(path)}; it begins with a slash and has visible ASCII without "#" alone`;
  throw invalidArgument(text);
}

/** Whether a check can ask for it. */
export function isHealthPath(path: string): boolean {
  return /^\/[\x21-\x22\x24-\x7e]*$/.test(path);
}

function statusesOf(
  statuses: readonly number[] | undefined,
  path: string | undefined,
): readonly number[] | undefined {
  if (statuses === undefined) return undefined;
  if (path === undefined)
    throw invalidArgument("health.active.statuses means nothing without health.active.path: give both");
  const isGood = (status: unknown): boolean =>
    Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599;
  if (Array.isArray(statuses) && statuses.length > 0 && statuses.every(isGood)) return statuses;
  const shown = Array.isArray(statuses)
    ? `[${statuses.map(describeValue).join(", ")}]`
    : describeValue(statuses);
  throw invalidArgument(
    `health.active.statuses is ${shown}; it takes a list of statuses from 200 to 599, such as [200, 204]`,
  );
}

/** Nothing can be done all the time. */
function delayOption(name: string, value: number | undefined, fallback: number): number {
  checkNumber(name, value, fallback, 1);
  return timeoutOption(name, value, fallback);
}

/** The integer, or the fallback where there is none. */
export function checkInteger(
  name: string,
  value: number | undefined,
  fallback: number,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw invalidArgument(`${name} is ${describeValue(value)}; it takes an integer ${range}`);
}
