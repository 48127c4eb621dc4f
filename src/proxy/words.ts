// What options are called where a message about them is read: in code, in a config file, on a command line. Whoever finds a mistake
// says it in words that are chosen by whoever shows it.

import { isRecord } from "../protocol/index.js";

export interface Words {
  /** The option at a place such as "to[1].weight", at the head of a message. */
  place(place: string): string;
  /** An option by its name, within a message. */
  option(name: string): string;
  /** An option with its value, to be written so: 'mode: "inspect"'. */
  setting(name: string, value: unknown): string;
}

/** A text, or one whose words are still to be chosen. */
export type Told = string | ((words: Words) => string);

export function tell(told: Told, words: Words): string {
  return typeof told === "string" ? told : told(words);
}

/** For whoever calls `createProxy`. */
export const codeWords: Words = {
  place: (place) => place,
  option: (name) => name,
  setting: (name, value) => `${name}: ${literal(value, nameInCode)}`,
};

function nameInCode(name: string): string {
  return /^[a-z_$][\w$]*$/i.test(name) ? name : JSON.stringify(name);
}

/** Plain data on one line, with names as `nameOf` writes them. */
export function literal(value: unknown, nameOf: (name: string) => string): string {
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, nameOf)).join(", ")}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, member]) => `${nameOf(name)}: ${literal(member, nameOf)}`,
  );
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}
