// Numbers that people write otherwise than the file takes them: as texts, with their units, or in seconds.

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const times = { ms: 1, s: second, sec: second, m: minute, min: minute, h: hour, d: 24 * hour };

const kibi = 1024;
const sizes = {
  b: 1,
  ...{ k: kibi, kb: kibi, kib: kibi },
  ...{ m: kibi ** 2, mb: kibi ** 2, mib: kibi ** 2 },
  ...{ g: kibi ** 3, gb: kibi ** 3, gib: kibi ** 3 },
};

/** Of numbers whose names end so. */
const unitsByEnding: readonly (readonly [string, Readonly<Record<string, number>>])[] = [
  ["Ms", times],
  ["Bytes", sizes],
];

/** The number that the text says, in the unit that the name has: 60000 of "60s" for `idleTimeoutMs`, and 16384 of "16k" for
 * `maxHeadBytes`. Undefined for any other text. */
export function numberMeant(text: string, name: string): number | undefined {
  const [, digits, unit] = /^(\d{1,15}(?:\.\d{1,15})?) ?([a-z]*)$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  if (unit === "") return Number(digits);
  const [, units = {}] = unitsByEnding.find(([ending]) => name.endsWith(ending)) ?? [];
  const key = unit.toLowerCase();
  return Object.hasOwn(units, key) ? Math.round(Number(digits) * units[key]) : undefined;
}

/** What may surprise about milliseconds that are fewer than anybody needs. */
export function secondsWarning(value: number): string {
  return `is ${value}, which is in milliseconds; write ${value * second} if seconds are meant`;
}
