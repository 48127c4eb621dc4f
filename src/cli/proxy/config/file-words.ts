// What options are called in a config file.

import { literal, type Words } from "../../../proxy/index.js";
import { quote } from "./mistakes.js";

/** Where the file has another name than code, for what stands in a file of its own. */
function nameInFile(name: string): string {
  return name === "passphrase" ? "passphraseFile" : name;
}

/** Where the option at this place stands in the file. */
export function placeInFile(place: string): string {
  return place.split(".").map(nameInFile).join(".");
}

export const fileWords: Words = {
  place: placeInFile,
  option: (name) => quote(nameInFile(name)),
  setting: (name, value) => `${quote(nameInFile(name))}: ${json(value)}`,
};

/** Plain data as it is written there, on one line. */
export function json(value: unknown): string {
  return literal(value, JSON.stringify);
}
