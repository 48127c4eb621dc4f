// What is wrong with a config file, each mistake with its place.

import { visibleLine } from "../../visible-text.js";

/** Both from 1 on, columns in characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Of what has no place of its own. */
export const top: Place = { line: 1, column: 1 };

export interface PlacedMistake {
  readonly place: Place;
  /** What is wrong, and after a semicolon what to write instead. */
  readonly text: string;
}

/** One line for each: "proxy.json:3:14: …", from the top of the file to its end. */
export function mistakeLines(file: string, mistakes: readonly PlacedMistake[]): string[] {
  const ordered = [...mistakes].sort(
    (a, b) => a.place.line - b.place.line || a.place.column - b.place.column,
  );
  const lines = ordered.map(({ place, text }) =>
    visibleLine(`${file}:${place.line}:${place.column}: ${text}`),
  );
  return [...new Set(lines)];
}

const MAX_SHOWN = 64;

/** Text of the file as a message shows it. */
export function quote(text: string): string {
  const shown = JSON.stringify(text.slice(0, MAX_SHOWN));
  return text.length > MAX_SHOWN ? `${shown}…` : shown;
}
