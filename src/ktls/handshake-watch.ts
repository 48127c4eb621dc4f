// Follows one TLS handshake from beside: Node's TLS makes it, and this sees from the records and the secrets how far it has
// come. What has to be known exactly is the last record of the peer's handshake, since the next one is the kernel's, and
// which records of this end's are protected with the keys that the kernel gets.

import type { TlsRole } from "../transport/index.js";
import { type CipherSuite, suiteOfServerHello } from "./cipher-suite.js";
import { HandshakeMessages, HandshakeType } from "./handshake-messages.js";
import { KeyLog, type SecretLabel } from "./key-log.js";
import { TrafficKeys } from "./key-schedule.js";
import { ContentType, openRecord } from "./record.js";
import { RecordSplitter } from "./record-splitter.js";

/** One end's protected records of the handshake. */
class Flight {
  hasFinished = false;
  readonly #messages = new HandshakeMessages();
  #keys: TrafficKeys | undefined;
  #sequence = 0;

  /** Whether the record could be opened. */
  read(suite: CipherSuite, secret: Uint8Array, record: Uint8Array): boolean {
    this.#keys ??= new TrafficKeys(suite, secret);
    const opened = openRecord(suite, this.#keys, this.#sequence++, record);
    if (opened?.type === ContentType.HANDSHAKE)
      this.hasFinished = this.#messages.push(opened.content).includes(HandshakeType.FINISHED);
    return opened !== undefined;
  }

  wipe(): void {
    this.#keys?.wipe();
  }
}

const handshakeSecrets: Readonly<Record<TlsRole, SecretLabel>> = {
  client: "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  server: "SERVER_HANDSHAKE_TRAFFIC_SECRET",
};
const trafficSecrets: Readonly<Record<TlsRole, SecretLabel>> = {
  client: "CLIENT_TRAFFIC_SECRET_0",
  server: "SERVER_TRAFFIC_SECRET_0",
};

export class HandshakeWatch {
  readonly role: TlsRole;
  readonly keyLog = new KeyLog();
  suite: CipherSuite | undefined;
  /** It is not as expected: an older TLS, or something that only Node's TLS can judge. The kernel gets nothing then. */
  isLost = false;
  readonly #theirs = new Flight();
  readonly #ours = new Flight();
  readonly #outgoing = new RecordSplitter();

  constructor(role: TlsRole) {
    this.role = role;
  }

  /** The last record of the peer's handshake has been received. */
  get hasPeerFinished(): boolean {
    return this.#theirs.hasFinished;
  }

  /** The last record of this end's handshake has been sent. */
  get hasFinished(): boolean {
    return this.#ours.hasFinished;
  }

  received(record: Uint8Array): void {
    this.#look(record, this.#theirs, this.#peer);
  }

  sent(bytes: Uint8Array): void {
    const records = this.#outgoing.push(bytes);
    if (records === undefined) this.isLost = true;
    for (const record of records ?? []) {
      // Whatever follows is protected with the keys that the kernel gets, and nobody has counted it.
      if (this.hasFinished) this.isLost = true;
      this.#look(record, this.#ours, this.role);
    }
  }

  /** What protects the records of one end from now on. */
  trafficSecret(whose: "ours" | "theirs"): Buffer | undefined {
    return this.keyLog.get(trafficSecrets[whose === "ours" ? this.role : this.#peer]);
  }

  /** How many of these bytes' records are protected with the new keys; undefined unless all of them are session tickets. */
  countTickets(bytes: Uint8Array): number | undefined {
    const secret = this.trafficSecret("ours");
    const records = new RecordSplitter().push(bytes);
    if (this.suite === undefined || secret === undefined || records === undefined) return undefined;
    const keys = new TrafficKeys(this.suite, secret);
    const messages = new HandshakeMessages();
    let byteLength = 0;
    const areTickets = records.every((record, sequence) => {
      byteLength += record.length;
      const opened = openRecord(this.suite as CipherSuite, keys, sequence, record);
      if (opened?.type !== ContentType.HANDSHAKE) return false;
      return messages.push(opened.content).every((type) => type === HandshakeType.NEW_SESSION_TICKET);
    });
    keys.wipe();
    return areTickets && byteLength === bytes.length ? records.length : undefined;
  }

  /** Nothing of it is needed any more. */
  wipe(): void {
    this.#theirs.wipe();
    this.#ours.wipe();
    this.keyLog.wipe();
  }

  get #peer(): TlsRole {
    return this.role === "client" ? "server" : "client";
  }

  #look(record: Uint8Array, flight: Flight, whose: TlsRole): void {
    if (this.isLost) return;
    if (whose === "server") this.suite ??= suiteOfServerHello(record);
    if (record[0] !== ContentType.APPLICATION_DATA) return;
    const secret = this.keyLog.get(handshakeSecrets[whose]);
    this.isLost =
      this.suite === undefined || secret === undefined || !flight.read(this.suite, secret, record);
  }
}
