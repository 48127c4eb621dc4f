// The secrets of one TLS handshake, as Node tells them by its `keylog` event: a line each, in the format that Wireshark
// reads too.

/** The secrets of TLS 1.3 that are used here. */
export type SecretLabel =
  | "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
  | "SERVER_HANDSHAKE_TRAFFIC_SECRET"
  | "CLIENT_TRAFFIC_SECRET_0"
  | "SERVER_TRAFFIC_SECRET_0";

export class KeyLog {
  readonly #secrets = new Map<string, Buffer>();

  /** Takes a line, and wipes it. */
  note(line: Buffer): void {
    const text = line.toString("latin1");
    line.fill(0);
    const [label, , secret] = text.trimEnd().split(" ");
    this.#secrets.set(label, Buffer.from(secret ?? "", "hex"));
  }

  get(label: SecretLabel): Buffer | undefined {
    return this.#secrets.get(label);
  }

  wipe(): void {
    for (const secret of this.#secrets.values()) secret.fill(0);
    this.#secrets.clear();
  }
}
