// Text of others on a terminal, which obeys control characters: nobody but its owner may command it.

// C0, DEL and C1; the line separators; and the marks that turn the direction of what follows them.
const commanding = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;

/** Makes them visible, but for tab and line feed: ESC becomes \x1b. `mark` may tell an escape from a backslash that somebody has written. */
export function visibleText(text: string, mark: (escaped: string) => string = (escaped) => escaped): string {
  return text.replace(commanding, (character) => {
    if (character === "\n" || character === "\t") return character;
    const hex = character.charCodeAt(0).toString(16);
    return mark(hex.length <= 2 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`);
  });
}

/** The same in one line. */
export function visibleLine(text: string, mark?: (escaped: string) => string): string {
  return visibleText(text, mark).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}
