// From whatever a script passes to what an interface takes, by the rules of Web IDL, which differ from JavaScript's own.
// The order in which a method converts its arguments shows, for each conversion may call the caller's code.

/** USVString: text in which every lone surrogate has become U+FFFD. Throws `TypeError` for a symbol. */
export function toUsvString(value: unknown): string {
  // Node.js has had it since version 20; the language's library of 2023 does not name it.
  return (toDomString(value) as string & { toWellFormed(): string }).toWellFormed();
}

/** DOMString: text as it is. Throws `TypeError` for a symbol. */
export function toDomString(value: unknown): string {
  return typeof value === "string" ? value : `${value as string}`;
}

/** Throws `TypeError` for symbols and big integers, which `Number` would take. */
function toNumber(value: unknown): number {
  return +(value as number);
}

/** unsigned short: modulo 2¹⁶. */
export function toUnsignedShort(value: unknown): number {
  return toNumber(value) & 0xffff;
}

/** unsigned long: modulo 2³². */
export function toUnsignedLong(value: unknown): number {
  return toNumber(value) >>> 0;
}

/** [Clamp] unsigned short: what lies outside becomes the nearest bound, halves the even neighbour, NaN 0. */
export function toClampedShort(value: unknown): number {
  const number = Math.min(Math.max(toNumber(value), 0), 0xffff);
  if (Number.isNaN(number)) return 0;
  const floor = Math.floor(number);
  const isUp = number - floor > 0.5 || (number - floor === 0.5 && floor % 2 === 1);
  return isUp ? floor + 1 : floor;
}

/** [EnforceRange] unsigned short. Throws `TypeError` for what lies outside; `name` is what it is for. */
export function toEnforcedShort(value: unknown, name: string): number {
  const number = Math.trunc(toNumber(value));
  // Minus zero is zero.
  if (number >= 0 && number <= 0xffff) return number + 0;
  throw new TypeError(`${name} is ${number}; it takes an integer from 0 to 65535`);
}

/** sequence<USVString> or sequence<DOMString>. Throws `TypeError` for what cannot be iterated over. */
export function toStrings(
  value: unknown,
  name: string,
  toText: (item: unknown) => string = toUsvString,
): string[] {
  const strings = isObject(value) ? iteratedItems(value, toText) : undefined;
  if (strings === undefined) throw new TypeError(`${name} takes a list of strings`);
  return strings;
}

/** What iterating answers, each item converted as it comes; undefined for what cannot be iterated over. Its method is read once. */
export function iteratedItems<Item>(value: object, convert: (item: unknown) => Item): Item[] | undefined {
  const iterate: unknown = (value as Partial<Iterable<unknown>>)[Symbol.iterator];
  // Web IDL asks for a method, and null is none as well.
  if (iterate === undefined || iterate === null) return undefined;
  if (typeof iterate !== "function") throw new TypeError("Symbol.iterator of a list is not a function");
  return Array.from({ [Symbol.iterator]: () => iterate.call(value) }, (item) => convert(item));
}

/** A dictionary: an object, or nothing. Throws `TypeError` for anything else; `name` is what it is for. */
export function toDictionary(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  if (isObject(value)) return value as Readonly<Record<string, unknown>>;
  throw new TypeError(`${name} takes an object`);
}

/** What Web IDL calls an object: functions are objects too. */
export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

const byteLengthOf = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength")
  ?.get as () => number;

/** Of whatever realm; a SharedArrayBuffer is none. */
function isArrayBuffer(value: unknown): value is ArrayBuffer {
  try {
    byteLengthOf.call(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * BufferSource: the bytes under a view or in a buffer, without a copy; undefined for what is neither. Throws `TypeError` for
 * memory that is shared or can be resized, which Web IDL lets in only where an interface says so.
 */
export function toBytes(value: unknown): Uint8Array | undefined {
  const isView = ArrayBuffer.isView(value);
  const buffer: unknown = isView ? value.buffer : value;
  if (!isArrayBuffer(buffer)) {
    if (isView) throw new TypeError("a view on shared memory cannot be sent; send a copy of it");
    return undefined;
  }
  if ((buffer as ArrayBuffer & { readonly resizable?: boolean }).resizable === true)
    throw new TypeError("a buffer that can be resized cannot be sent; send a copy of it");
  return isView ? new Uint8Array(buffer, value.byteOffset, value.byteLength) : new Uint8Array(buffer);
}
