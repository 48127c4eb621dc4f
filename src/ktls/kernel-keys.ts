// The keys that the kernel has for a connection. They change when one end says so (KeyUpdate, RFC 8446 §4.6.3); for that the
// secrets they come from stay here as long as the connection.

import type { TransportError } from "../transport/index.js";
import { setKernelKeys, systemError, type UringTransport } from "../uring/index.js";
import type { CipherSuite } from "./cipher-suite.js";
import { cryptoInfo } from "./crypto-info.js";
import { nextTrafficSecret, TrafficKeys } from "./key-schedule.js";

/** One direction's. */
export class KernelKeys {
  readonly #transport: UringTransport;
  readonly #direction: "send" | "receive";
  readonly #suite: CipherSuite;
  #secret: Buffer;

  /** Keeps a copy of the secret. */
  constructor(
    transport: UringTransport,
    direction: "send" | "receive",
    suite: CipherSuite,
    secret: Uint8Array,
  ) {
    this.#transport = transport;
    this.#direction = direction;
    this.#suite = suite;
    this.#secret = Buffer.from(secret);
  }

  /** Gives the kernel the keys, for the record of this number and those that follow. Answers why it does not take them. */
  install(sequence: number): TransportError | undefined {
    const keys = new TrafficKeys(this.#suite, this.#secret);
    const info = cryptoInfo(this.#suite, keys, sequence);
    keys.wipe();
    const result = setKernelKeys(this.#transport, this.#direction, info);
    info.fill(0);
    return result < 0 ? systemError(result, "setsockopt") : undefined;
  }

  /** Gives it the keys that come next. Answers why it does not take them. */
  update(): TransportError | undefined {
    const next = nextTrafficSecret(this.#suite, this.#secret);
    this.wipe();
    this.#secret = next;
    return this.install(0);
  }

  wipe(): void {
    this.#secret.fill(0);
  }
}
