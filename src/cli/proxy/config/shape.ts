// What a value of the config file may be. One table of shapes reads the file, makes its JSON Schema, and makes the page that
// describes it.

import { MAX_TIMEOUT_MS } from "../../../connection/index.js";
import type { Hints, Told } from "../../../proxy/index.js";

/** Answers what is wrong with a value, with what to write instead; undefined when nothing is. */
export type Check<Value> = (value: Value) => Told | undefined;

/** Stands in a hint for the text that was given. */
export const givenValue = "$value";

export type Shape =
  | {
      readonly kind: "text";
      /** "a URL such as …" */
      readonly what: string;
      readonly check?: Check<string>;
      /** What may surprise about a text that is right, under the name that it has. */
      readonly warning?: (value: string, name: string) => Told | undefined;
      /** Whether messages may show it, as logs do. Default: all. */
      readonly isShown?: (value: string) => boolean;
    }
  | {
      readonly kind: "number";
      readonly min: number;
      readonly max?: number;
      readonly isInteger: boolean;
      /** "none" may stand in its place, and lifts the limit. */
      readonly hasNone?: boolean;
      /** Milliseconds that are fewer may be meant as seconds. */
      readonly secondsBelow?: number;
    }
  | { readonly kind: "boolean" }
  /** Nothing but these. */
  | { readonly kind: "choice"; readonly values: readonly (string | number | boolean)[] }
  /** The content of a file, which is named relative to the config file. */
  | { readonly kind: "content"; readonly holds: Holding }
  /** The path of a file that need not be there, relative to the config file. */
  | { readonly kind: "path"; readonly check?: Check<string> }
  | { readonly kind: "list"; readonly of: Shape; readonly min: number }
  /** Names that are not known beforehand. */
  | { readonly kind: "map"; readonly of: Shape; readonly what: string; readonly checkName: Check<string> }
  | { readonly kind: "null" }
  | ObjectShape
  /** The first that takes this kind of value. */
  | { readonly kind: "either"; readonly of: readonly Shape[] };

/** What a file holds. An authority and a certificate are the same to look at, and not to whoever has to find the right file. */
export type Holding = "a certificate" | "a key" | "an authority" | "a passphrase";

export interface ObjectShape {
  readonly kind: "object";
  /** As messages and the page call it: "a route". */
  readonly called: string;
  /** What messages show to be written in place of something else. */
  readonly example: Readonly<Record<string, unknown>>;
  readonly fields: Fields;
  /** What to do in place of a name that others know. */
  readonly hints?: Hints;
  /** What is wrong with its members beside each other: the name of one, and the text. In place of one that is wrong by itself
   * stands null. */
  readonly check?: (given: Readonly<Record<string, unknown>>) => readonly Problem[];
}

/** The name of a member, or "" for the whole, and what is wrong, with what to write instead. */
export type Problem = readonly [name: string, text: string];

export interface Field {
  readonly shape: Shape;
  /** One or two sentences for the page and for editors. */
  readonly about: string;
  /** As the page shows it. */
  readonly fallback?: string;
  readonly isRequired?: boolean;
}

export type Fields = Readonly<Record<string, Field>>;

/** A field for each option, and none besides. */
export type FieldsOf<Options> = Readonly<Record<keyof Options, Field>>;

export function text(what: string, check?: Check<string>): Shape {
  return check === undefined ? { kind: "text", what } : { kind: "text", what, check };
}

export function integer(min: number, max?: number): Shape {
  return max === undefined
    ? { kind: "number", min, isInteger: true }
    : { kind: "number", min, max, isInteger: true };
}

/** Within so few milliseconds no other machine is waited for. */
const FEW_MS = 100;

export const milliseconds: Shape = {
  kind: "number",
  min: 0,
  max: MAX_TIMEOUT_MS,
  isInteger: false,
  secondsBelow: FEW_MS,
};
/** Nothing can be done all the time. */
export const delay: Shape = { ...milliseconds, min: 1 };
/** Milliseconds, or "none" for no limit. */
export const millisecondsOrNone: Shape = { ...milliseconds, hasNone: true };
/** The same for connections that are open: they are idle for longer than a second while nothing is wrong. */
export const idleTime: Shape = { ...millisecondsOrNone, secondsBelow: 1000 };
/** A number of at least one, or "none" for no limit. */
export const limit: Shape = { kind: "number", min: 1, isInteger: false, hasNone: true };
export const flag: Shape = { kind: "boolean" };
/** Where something can be switched off only. */
export const off: Shape = { kind: "choice", values: [false] };

export function choice(...values: readonly (string | number | boolean)[]): Shape {
  return { kind: "choice", values };
}

export function list(of: Shape, min = 0): Shape {
  return { kind: "list", of, min };
}

export function either(...of: readonly Shape[]): Shape {
  return { kind: "either", of };
}

/** One, or a list of at least one. */
export function oneOrMore(of: Shape): Shape {
  return either(...(of.kind === "either" ? of.of : [of]), list(of, 1));
}
