// Bytes as people write and read them.

export const encodings = ["raw", "hex", "base64"] as const;
export type Encoding = (typeof encodings)[number];

/** "68 65 6c 6c 6f", "0x68656c6c6f" and the like; undefined for what is no hex. */
export function parseHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/^0x/i, "").replace(/[\s:]/g, "");
  if (!/^(?:[\da-f]{2})*$/i.test(digits)) return undefined;
  return new Uint8Array(Buffer.from(digits, "hex"));
}

/** Undefined for what is no base64, with or without padding, in either alphabet. */
export function parseBase64(text: string): Uint8Array | undefined {
  const digits = text.trim().replace(/=+$/, "");
  if (!/^[\w+/-]*$/.test(digits) || digits.length % 4 === 1) return undefined;
  return new Uint8Array(Buffer.from(digits, "base64"));
}

/** What a line says in this encoding; undefined when it says nothing in it. */
export function parseBytes(text: string, encoding: Encoding): Uint8Array | undefined {
  if (encoding === "hex") return parseHex(text);
  if (encoding === "base64") return parseBase64(text);
  return new TextEncoder().encode(text);
}

/** "68 65 6c 6c 6f" */
export function spacedHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** The same of the first `max` bytes, with a mark when there are more. */
export function shortHex(bytes: Uint8Array, max: number): string {
  return `${spacedHex(bytes.subarray(0, max))}${bytes.length > max ? " …" : ""}`;
}

export function formatBytes(bytes: Uint8Array, encoding: "hex" | "base64"): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encoding);
}

/** "1 byte", "5 bytes" */
export function countBytes(count: number): string {
  return `${count} ${count === 1 ? "byte" : "bytes"}`;
}
