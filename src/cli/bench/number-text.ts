// Numbers as people read them, the same in every locale.

/** "1,234,567" */
export function wholeText(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** Three significant figures, but every figure before the point: "0.052", "1.25", "18.3", "1,234". */
export function shortText(value: number): string {
  if (value >= 100) return wholeText(value);
  if (value === 0) return "0";
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(value)));
  return value.toFixed(Math.min(3, decimals));
}

/** "0.052 ms", "1.25 s" */
export function durationText(ms: number): string {
  return ms >= 1000 ? `${shortText(ms / 1000)} s` : `${shortText(ms)} ms`;
}
