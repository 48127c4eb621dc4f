// What somebody may have meant who mistyped a name.

/** At most so many letters are wrong, for each three that there are. */
const LETTERS_PER_MISTAKE = 3;

/** The name that takes the fewest changes to come from the text; undefined when none is near. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const limit = Math.ceil(text.length / LETTERS_PER_MISTAKE);
  const ranked = names
    .map((name) => ({ name, distance: editDistance(text, name) }))
    .filter(({ name, distance }) => distance <= limit || name.startsWith(text))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.name;
}

/** Letters to insert, delete or replace (Levenshtein's distance). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[to.length];
}
