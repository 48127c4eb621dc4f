// Tokens and the signs between them in a header, with the errors of `ws` for whatever else stands there.

import { isBlankCode, isTokenCode } from "../../handshake/index.js";

export class HeaderScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token. Blanks may stand before it, but not at the very beginning. */
  token(): string {
    if (this.#at > 0) this.#skipBlanks();
    return this.#bareToken();
  }

  /** The value of a parameter, in quotes or not; only a token may stand between them. */
  value(): string {
    return this.#text[this.#at] === '"' ? this.#quotedToken() : this.#bareToken();
  }

  /** The sign behind a token, one of those in `signs`, and "" at the end. Blanks may stand before it, unless it is "=". */
  sign(signs: string): string {
    const text = this.#text;
    const start = this.#at;
    this.#skipBlanks();
    if (this.#at < text.length) {
      const sign = text[this.#at];
      if (!signs.includes(sign) || (sign === "=" && this.#at > start)) throw this.unexpected();
      this.#at++;
      return sign;
    }
    if (isBlankCode(text.charCodeAt(text.length - 1))) throw this.unexpected();
    return "";
  }

  /** The error for what stands here. */
  unexpected(): SyntaxError {
    return new SyntaxError(
      this.#at < this.#text.length ? `Unexpected character at index ${this.#at}` : "Unexpected end of input",
    );
  }

  #bareToken(): string {
    const start = this.#at;
    while (this.#isAtTokenCode) this.#at++;
    if (this.#at === start) throw this.unexpected();
    return this.#text.slice(start, this.#at);
  }

  /** RFC 6455 §9.1: "the value after quoted-string unescaping MUST conform to the 'token' ABNF." */
  #quotedToken(): string {
    let value = "";
    for (this.#at++; this.#text[this.#at] !== '"' || value === ""; this.#at++) {
      if (this.#text[this.#at] === "\\") this.#at++;
      if (!this.#isAtTokenCode) throw this.unexpected();
      value += this.#text[this.#at];
    }
    this.#at++;
    return value;
  }

  get #isAtTokenCode(): boolean {
    return isTokenCode(this.#text.charCodeAt(this.#at));
  }

  #skipBlanks(): void {
    while (isBlankCode(this.#text.charCodeAt(this.#at))) this.#at++;
  }
}
