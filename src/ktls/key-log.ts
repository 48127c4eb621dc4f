// The secrets of one TLS handshake, as Node tells them by its `keylog` event: a line each, in the format that Wireshark
// reads too (a label, the client's random and the secret, both in hex).

const labels = [
  "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  "SERVER_HANDSHAKE_TRAFFIC_SECRET",
  "CLIENT_TRAFFIC_SECRET_0",
  "SERVER_TRAFFIC_SECRET_0",
] as const;
/** The secrets of TLS 1.3 that are used here. */
export type SecretLabel = (typeof labels)[number];

const SPACE = 0x20;

export class KeyLog {
  readonly #secrets = new Map<string, Buffer>();
  #isWiped = false;

  /** Takes a line, and wipes it. No part of a secret becomes a string: nobody could wipe that. */
  note(line: Buffer): void {
    const label = line.toString("latin1", 0, Math.max(0, line.indexOf(SPACE)));
    if (!this.#isWiped && (labels as readonly string[]).includes(label)) {
      this.#secrets.get(label)?.fill(0);
      this.#secrets.set(label, decodeHex(line.subarray(line.lastIndexOf(SPACE) + 1)));
    }
    line.fill(0);
  }

  get(label: SecretLabel): Buffer | undefined {
    return this.#secrets.get(label);
  }

  /** Nothing is kept from now on. */
  wipe(): void {
    this.#isWiped = true;
    for (const secret of this.#secrets.values()) secret.fill(0);
    this.#secrets.clear();
  }
}

/** What the digits say, up to the first byte that is none. */
function decodeHex(text: Uint8Array): Buffer {
  const found = text.findIndex((byte) => hexValue(byte) === undefined);
  const length = (found < 0 ? text.length : found) >> 1;
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let i = 0; i < length; i++)
    bytes[i] = ((hexValue(text[2 * i]) ?? 0) << 4) | (hexValue(text[2 * i + 1]) ?? 0);
  return bytes;
}

function hexValue(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}
