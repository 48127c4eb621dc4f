// Numbers and times as people read them.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
const units = ["B", "kB", "MB", "GB", "TB"];

export const wholeNumber = (value) => (value === undefined || value === null ? "–" : whole.format(value));

export function shortNumber(value) {
  if (value === undefined || value === null) return "–";
  if (value >= 10_000) return short.format(value);
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : whole.format(value);
}

export function byteSize(value) {
  if (value === undefined || value === null) return "–";
  let [scaled, unit] = [value, 0];
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${unit > 0 && scaled < 100 ? scaled.toFixed(1) : whole.format(scaled)} ${units[unit]}`;
}

export function milliseconds(seconds) {
  if (seconds === undefined || seconds === null) return "–";
  if (seconds >= 1) return `${seconds.toFixed(1)} s`;
  const ms = seconds * 1000;
  return `${ms < 10 ? ms.toFixed(1) : whole.format(ms)} ms`;
}

export function duration(seconds) {
  const total = Math.max(0, Math.trunc(seconds));
  const [days, hours] = [Math.trunc(total / 86_400), Math.trunc(total / 3600) % 24];
  const [minutes, rest] = [Math.trunc(total / 60) % 60, total % 60];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${rest} s` : `${rest} s`;
}

/** Hours to milliseconds, of a moment. */
export function clockTime(at) {
  const date = new Date(at);
  const pad = (value, length = 2) => String(value).padStart(length, "0");
  const seconds = `${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${seconds}`;
}

/** The value below which this share lies, by counts between bounds; undefined for none. */
export function quantile(bounds, counts, share) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let left = total * share;
  for (let at = 0; at < counts.length; at++) {
    if (left <= counts[at] && counts[at] > 0) {
      const from = at === 0 ? 0 : bounds[at - 1];
      const to = bounds[at] ?? bounds[bounds.length - 1];
      return from + (to - from) * (left / counts[at]);
    }
    left -= counts[at];
  }
  return bounds[bounds.length - 1];
}
