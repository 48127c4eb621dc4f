// The options about health with their values, checked.

import { checkOptions, checkType, describeValue } from "../../../protocol/index.js";
import { encodeProxyHeader } from "../../listening/proxy-header-encoding.js";
import { all, at, wrong, wrongValue } from "../../mistakes.js";
import { activeTable, healthTable, passiveTable } from "../../option-names.js";
import { integerAt, numberAt, timeoutAt } from "../../option-values.js";
import type { Told } from "../../words.js";
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
  at("health", () => checkOptions(health, healthTable));
  const { passive = {}, active = false } = health;
  return all<HealthSettings>({
    passive: () => (passive === false ? undefined : passiveOf(passive)),
    active: () => (active === false ? undefined : activeOf(active === true ? {} : active, sendProxyProtocol)),
  });
}

function passiveOf(passive: PassiveHealthOptions): PassiveHealthSettings {
  at("health.passive", () => checkOptions(passive, passiveTable));
  return all<PassiveHealthSettings>({
    maxFailures: () => integerAt("health.passive.maxFailures", passive.maxFailures, 3, 1),
    ejectMs: () => delayAt("health.passive.ejectMs", passive.ejectMs, 10_000),
  });
}

function activeOf(active: ActiveHealthOptions, version: 1 | 2 | undefined): ActiveHealthSettings {
  at("health.active", () => checkOptions(active, activeTable));
  const { path, statuses } = active;
  return all<ActiveHealthSettings>({
    path: () => pathOf(path),
    statuses: () => statusesOf(statuses, path),
    intervalMs: () => delayAt("health.active.intervalMs", active.intervalMs, 5000),
    timeoutMs: () => delayAt("health.active.timeoutMs", active.timeoutMs, 2000),
    preamble: () => version && encodeProxyHeader(version, undefined, undefined),
    rise: () => integerAt("health.active.rise", active.rise, 2, 1),
    fall: () => integerAt("health.active.fall", active.fall, 3, 1),
  });
}

function pathOf(path: string | undefined): string | undefined {
  at("health.active.path", (place) => checkType(place, path, "string", 'a path such as "/health"'));
  const problem = path === undefined ? undefined : healthPathProblem(path);
  if (problem !== undefined) throw wrongValue("health.active.path", path, problem);
  return path;
}

/** Why a check cannot ask for it, with what to write instead; undefined where it can. */
export function healthPathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return `begins with no slash; write "/${path}"`;
  return /^[\x21-\x22\x24-\x7e]*$/.test(path)
    ? undefined
    : "has what is no visible ASCII, or a #; write it percent-encoded";
}

/** What is wrong with statuses beside the path, where both are right by themselves. */
export function statusesProblem(path: unknown): Told | undefined {
  if (path !== undefined) return undefined;
  return ({ option, setting }) =>
    `means nothing without ${option("path")}; write ${setting("path", "/health")}`;
}

function statusesOf(
  statuses: readonly number[] | undefined,
  path: string | undefined,
): readonly number[] | undefined {
  if (statuses === undefined) return undefined;
  const problem = statusesProblem(path);
  if (problem !== undefined) throw wrong("health.active.statuses", problem);
  const isGood = (status: unknown): boolean =>
    Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599;
  if (Array.isArray(statuses) && statuses.length > 0 && statuses.every(isGood)) return statuses;
  const shown = Array.isArray(statuses)
    ? `[${statuses.map(describeValue).join(", ")}]`
    : describeValue(statuses);
  throw wrong(
    "health.active.statuses",
    `is ${shown}; it takes a list of statuses from 200 to 599, such as [200, 204]`,
  );
}

/** Nothing can be done all the time. */
function delayAt(place: string, value: number | undefined, fallback: number): number {
  numberAt(place, value, fallback, 1);
  return timeoutAt(place, value, fallback);
}
