// UTF-8 as RFC 3629 and the Unicode Standard (table 3-7) define it, in plain TypeScript: no overlong forms,
// no surrogates, nothing above U+10FFFF. The validator judges every byte as it arrives, so that a stream
// fails at the first byte that no well-formed text could hold there, even in the middle of a character.

/** Judges a stream of bytes. Holds three small numbers, never bytes. */
export class Utf8Validator {
  #missing = 0;
  #lower = 0x80;
  #upper = 0xbf;

  /** Whether the bytes so far end between two characters. */
  get isComplete(): boolean {
    return this.#missing === 0;
  }

  /** Back to the start of a stream. */
  reset(): void {
    this.#missing = 0;
    this.#lower = 0x80;
    this.#upper = 0xbf;
  }

  /** Takes the next bytes; false as soon as one of them is impossible. */
  push(bytes: Uint8Array, start: number, end: number): boolean {
    for (let i = start; i < end; i++) {
      const byte = bytes[i];
      if (this.#missing === 0) {
        if (byte >= 0x80 && !this.#lead(byte)) return false;
      } else {
        if (byte < this.#lower || byte > this.#upper) return false;
        this.#lower = 0x80;
        this.#upper = 0xbf;
        this.#missing--;
      }
    }
    return true;
  }

  #lead(byte: number): boolean {
    if (byte >= 0xc2 && byte <= 0xdf) this.#missing = 1;
    else if (byte >= 0xe0 && byte <= 0xef) {
      this.#missing = 2;
      if (byte === 0xe0) this.#lower = 0xa0;
      else if (byte === 0xed) this.#upper = 0x9f;
    } else if (byte >= 0xf0 && byte <= 0xf4) {
      this.#missing = 3;
      if (byte === 0xf0) this.#lower = 0x90;
      else if (byte === 0xf4) this.#upper = 0x8f;
    } else return false;
    return true;
  }
}

/** Whether the range is well-formed and complete. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  const validator = new Utf8Validator();
  return validator.push(bytes, start, end) && validator.isComplete;
}

/** Where the last, unfinished character of the range begins; `end` when the range ends between two. */
export function lastBoundary(bytes: Uint8Array, start: number, end: number): number {
  for (let i = end - 1; i >= start && i >= end - 3; i--) {
    const byte = bytes[i];
    if (byte < 0x80) return end;
    if (byte >= 0xc0) return i + (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > end ? i : end;
  }
  return end;
}

/** Bytes that `encodeUtf8` will write. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else {
      if (isSurrogatePair(text, i)) {
        length += 1;
        i++;
      }
      length += 3;
    }
  }
  return length;
}

/** Writes the text; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string, target: Uint8Array, offset: number): void {
  let at = offset;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      target[at++] = unit;
    } else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6);
      target[at++] = 0x80 | (unit & 0x3f);
    } else if (isSurrogatePair(text, i)) {
      const point = text.codePointAt(i++) as number;
      target[at++] = 0xf0 | (point >> 18);
      target[at++] = 0x80 | ((point >> 12) & 0x3f);
      target[at++] = 0x80 | ((point >> 6) & 0x3f);
      target[at++] = 0x80 | (point & 0x3f);
    } else {
      const scalar = (unit & 0xf800) === 0xd800 ? 0xfffd : unit;
      target[at++] = 0xe0 | (scalar >> 12);
      target[at++] = 0x80 | ((scalar >> 6) & 0x3f);
      target[at++] = 0x80 | (scalar & 0x3f);
    }
  }
}

/** The text of a range that is known to be well-formed. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  // An engine's argument limit is far above this; longer runs are joined piece by piece.
  const MAX_UNITS = 4096;
  let text = "";
  let units: number[] = [];
  for (let at = start; at < end; ) {
    const byte = bytes[at];
    let point = byte;
    let length = 1;
    if (byte >= 0xf0) {
      length = 4;
      point =
        ((byte & 0x07) << 18) |
        ((bytes[at + 1] & 0x3f) << 12) |
        ((bytes[at + 2] & 0x3f) << 6) |
        (bytes[at + 3] & 0x3f);
    } else if (byte >= 0xe0) {
      length = 3;
      point = ((byte & 0x0f) << 12) | ((bytes[at + 1] & 0x3f) << 6) | (bytes[at + 2] & 0x3f);
    } else if (byte >= 0x80) {
      length = 2;
      point = ((byte & 0x1f) << 6) | (bytes[at + 1] & 0x3f);
    }
    units.push(point);
    at += length;
    if (units.length === MAX_UNITS) {
      text += String.fromCodePoint(...units);
      units = [];
    }
  }
  return text + String.fromCodePoint(...units);
}

function isSurrogatePair(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
}
