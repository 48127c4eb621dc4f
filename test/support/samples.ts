// Messages that have found mistakes in one implementation or another.

/** The lengths around which the frame header changes its form, and a large one. */
export const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 1_048_576] as const;

export const texts = [
  "",
  "hello",
  "ä€𝄞",
  "\u0000\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}",
  "日本語テキスト".repeat(1000),
] as const;

/** Bytes that do not compress to nothing and are never the same twice in a row. */
export function bytesOfLength(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = length + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = i % 3 === 0 ? 0x61 : state >>> 24;
  }
  return bytes;
}

/** Every text, and bytes of every length: what an echo must answer as it came. */
export function samples(): (string | Buffer)[] {
  return [...texts, ...lengths.map((length) => "x".repeat(length)), ...lengths.map(bytesOfLength)];
}

/** What a permessage-deflate endpoint may be told, one side at a time. */
export const deflateParameters = [
  { name: "defaults", client: {}, server: {} },
  { name: "no takeover by the client", client: { clientNoContextTakeover: true }, server: {} },
  { name: "no takeover by the server", client: { serverNoContextTakeover: true }, server: {} },
  {
    name: "no takeover by either",
    client: {},
    server: { clientNoContextTakeover: true, serverNoContextTakeover: true },
  },
  { name: "a client window of 9 bits", client: {}, server: { clientMaxWindowBits: 9 } },
  { name: "a server window of 9 bits", client: { serverMaxWindowBits: 9 }, server: {} },
  {
    name: "windows of 10 and 15 bits",
    client: { serverMaxWindowBits: 15 },
    server: { clientMaxWindowBits: 10, serverMaxWindowBits: 15 },
  },
  {
    name: "small windows without takeover",
    client: { serverMaxWindowBits: 9, serverNoContextTakeover: true },
    server: { clientMaxWindowBits: 9, clientNoContextTakeover: true },
  },
] as const;
