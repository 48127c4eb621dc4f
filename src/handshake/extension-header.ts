// The grammar of Sec-WebSocket-Extensions (RFC 6455 §9.1), one pass over the characters. Names are strings in
// a list, never keys of an object, so no name can reach a prototype. What the names mean is for the
// extension.

import { describeValue, invalidArgument } from "../protocol/index.js";
import { isBlankCode, isToken, isTokenCode } from "./field.js";

export interface ExtensionParameter {
  readonly name: string;
  /** `true` for a parameter without a value. */
  readonly value: string | true;
}

/** One element of the header: an offer in a request, an acceptance in a response. */
export interface Extension {
  readonly name: string;
  /** In the order sent; a name may come twice, which is for the extension to judge. */
  readonly parameters: readonly ExtensionParameter[];
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/**
 * The header's elements in the order sent, or `undefined` when it does not conform to the grammar. Never
 * throws.
 */
export function parseExtensions(value: string): readonly Extension[] | undefined {
  const extensions = new ExtensionScanner(value).list();
  // RFC 6455 §9.1: `extension-list = 1#extension`, at least one.
  return extensions?.length === 0 ? undefined : extensions;
}

/**
 * The header value for the elements. Throws `StateError` `INVALID_ARGUMENT` for a name or value that is no
 * token.
 */
export function formatExtensions(extensions: readonly Extension[]): string {
  return extensions.map(formatExtension).join(", ");
}

function formatExtension({ name, parameters }: Extension): string {
  let text = tokenOrThrow(name);
  for (const parameter of parameters) {
    text += `; ${tokenOrThrow(parameter.name)}`;
    if (parameter.value !== true) text += `=${tokenOrThrow(parameter.value)}`;
  }
  return text;
}

function tokenOrThrow(text: string): string {
  if (!isToken(text)) throw invalidArgument(`${describeValue(text)} in an extension is not a token`);
  return text;
}

/**
 * Every method begins where the one before it stopped, and answers `undefined` for what the grammar lacks.
 */
class ExtensionScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  list(): Extension[] | undefined {
    const extensions: Extension[] = [];
    for (;;) {
      // RFC 9110 §5.6.1.2: empty elements are ignored.
      while (this.#take(COMMA)) {}
      if (this.#at === this.#text.length) return extensions;
      const extension = this.#extension();
      if (extension === undefined) return undefined;
      extensions.push(extension);
      if (this.#at < this.#text.length && !this.#take(COMMA)) return undefined;
    }
  }

  #extension(): Extension | undefined {
    const name = this.#token();
    if (name === undefined) return undefined;
    const parameters: ExtensionParameter[] = [];
    while (this.#take(SEMICOLON)) {
      const parameter = this.#parameter();
      if (parameter === undefined) return undefined;
      parameters.push(parameter);
    }
    return { name, parameters };
  }

  #parameter(): ExtensionParameter | undefined {
    const name = this.#token();
    if (name === undefined) return undefined;
    if (!this.#take(EQUALS)) return { name, value: true };
    const value = this.#text.charCodeAt(this.#at) === QUOTE ? this.#quotedToken() : this.#token();
    return value === undefined ? undefined : { name, value };
  }

  #token(): string | undefined {
    const start = this.#at;
    while (isTokenCode(this.#text.charCodeAt(this.#at))) this.#at++;
    const token = this.#text.slice(start, this.#at);
    this.#skipBlanks();
    return token === "" ? undefined : token;
  }

  #quotedToken(): string | undefined {
    this.#at++;
    let value = "";
    for (; this.#at < this.#text.length; this.#at++) {
      let code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) {
        this.#at++;
        this.#skipBlanks();
        return value === "" ? undefined : value;
      }
      if (code === BACKSLASH) code = this.#text.charCodeAt(++this.#at);
      // RFC 6455 §9.1: "the value after quoted-string unescaping MUST conform to the 'token' ABNF."
      if (!isTokenCode(code)) return undefined;
      value += this.#text[this.#at];
    }
    return undefined;
  }

  /** Skips blanks, and the separator with the blanks behind it if it is next. */
  #take(separator: number): boolean {
    this.#skipBlanks();
    if (this.#text.charCodeAt(this.#at) !== separator) return false;
    this.#at++;
    this.#skipBlanks();
    return true;
  }

  #skipBlanks(): void {
    while (isBlankCode(this.#text.charCodeAt(this.#at))) this.#at++;
  }
}
