// A ring's connection whose TLS the kernel does: bytes are plain for everybody here. What TLS has to say beside them comes
// as records of other types, and is answered here.

import {
  type Endpoints,
  type Lease,
  type TlsRole,
  type Transport,
  TransportError,
  type TransportSink,
} from "../transport/index.js";
import { kernelAnswers, type RecordSink, type UringTransport } from "../uring/index.js";
import type { KernelKeys } from "./kernel-keys.js";
import { keyUpdate, PostHandshake } from "./post-handshake.js";
import { ContentType } from "./record.js";
import { Alert, alertName, closeNotify, fatalAlert, readAlert, type Violation } from "./tls-alert.js";

/** What the kernel's TLS says of a record that it cannot take (-errno), and what TLS says of it. */
const badRecords: Readonly<Record<number, Violation>> = {
  [kernelAnswers.EBADMSG]: {
    alert: Alert.BAD_RECORD_MAC,
    text: "a TLS record of the peer's was changed on the way, or is not the peer's",
  },
  [kernelAnswers.EMSGSIZE]: {
    alert: Alert.RECORD_OVERFLOW,
    text: "the peer sent a TLS record that is too long",
  },
  [kernelAnswers.EINVAL]: {
    alert: Alert.PROTOCOL_VERSION,
    text: "the peer sent something that is no TLS record",
  },
};

export class KtlsTransport implements Transport, TransportSink, RecordSink {
  readonly kind = "uring+ktls";
  readonly isSecure = true;
  readonly #inner: UringTransport;
  readonly #sendKeys: KernelKeys;
  readonly #receiveKeys: KernelKeys;
  readonly #postHandshake: PostHandshake;
  #sink: TransportSink | undefined;
  #isPaused = false;
  #hasEnded = false;
  /** TCP has ended, and TLS had not. */
  #isTruncated = false;
  /** The kernel has new keys for what it receives, and may have told that it waited for them. */
  #isRekeyed = false;
  #isUpdateUnderWay = false;
  #isClosed = false;
  #error: TransportError | undefined;

  /** Takes a paused transport over, whose kernel has the keys. */
  constructor(inner: UringTransport, role: TlsRole, sendKeys: KernelKeys, receiveKeys: KernelKeys) {
    this.#inner = inner;
    this.#postHandshake = new PostHandshake(role);
    this.#sendKeys = sendKeys;
    this.#receiveKeys = receiveKeys;
    inner.startRecords(this);
    // Who else would wipe the keys, if it ended before anybody came?
    inner.attach(this);
  }

  get remoteAddress(): string | undefined {
    return this.#inner.remoteAddress;
  }

  endpoints(): Endpoints {
    return this.#inner.endpoints();
  }

  get pendingBytes(): number {
    return this.#inner.pendingBytes;
  }

  get progress(): number {
    return this.#inner.progress;
  }

  get isCongested(): boolean {
    return this.#inner.isCongested;
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
    if (this.#isClosed) process.nextTick(() => sink.closed(this.#error));
    else if (!this.#isPaused) this.#inner.resume();
  }

  write(bytes: Uint8Array, lease?: Lease): boolean {
    return this.#inner.write(bytes, lease);
  }

  pause(): void {
    this.#isPaused = true;
    this.#inner.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#sink !== undefined) this.#inner.resume();
  }

  /** RFC 8446 §6.1: close_notify goes before the end. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#inner.writeRecord(ContentType.ALERT, closeNotify);
    this.#inner.end();
  }

  destroy(error?: TransportError): void {
    this.#inner.destroy(error);
  }

  setKeepAlive(isKeepingAlive: boolean): void {
    this.#inner.setKeepAlive(isKeepingAlive);
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    this.#sink?.receive(bytes, start, end);
  }

  ended(): void {
    if (!this.#isTruncated) this.#sink?.ended();
    else {
      const text = "the connection ended without TLS's close_notify: the end of what was sent may be missing";
      this.destroy(new TransportError("TLS_TRUNCATED", text));
    }
  }

  drained(): void {
    this.#sink?.drained();
  }

  closed(error: TransportError | undefined): void {
    this.#isClosed = true;
    this.#error = error;
    this.#sendKeys.wipe();
    this.#receiveKeys.wipe();
    this.#sink?.closed(error);
  }

  recordReceived(type: number | undefined, content: Uint8Array): boolean {
    if (type === undefined) {
      this.#isTruncated = true;
      return true;
    }
    if (type === ContentType.ALERT) return this.#alertReceived(content);
    if (type === ContentType.HANDSHAKE) this.#handshakeReceived(content);
    else {
      const text = `the peer sent a TLS record of type ${type}, which has no place here`;
      this.#fail({ alert: Alert.UNEXPECTED_MESSAGE, text });
    }
    return false;
  }

  callFailed(result: number, error: TransportError): TransportError | undefined {
    if (result === kernelAnswers.EKEYEXPIRED && this.#isRekeyed) {
      this.#isRekeyed = false;
      return undefined;
    }
    const violation =
      result === kernelAnswers.EKEYEXPIRED
        ? {
            alert: Alert.UNEXPECTED_MESSAGE,
            text: "the peer sent a TLS record that begins like a KeyUpdate and is none",
          }
        : badRecords[result];
    return violation === undefined ? error : this.#refuse(violation, error.cause);
  }

  /** Answers whether the peer will send nothing more. */
  #alertReceived(content: Uint8Array): boolean {
    const alert = readAlert(content);
    if (typeof alert !== "number") this.#fail(alert);
    else if (alert !== Alert.CLOSE_NOTIFY && alert !== Alert.USER_CANCELED) {
      const text = `the peer ended TLS with the alert ${alertName(alert)}`;
      this.destroy(new TransportError("TLS_FAILED", text));
    }
    return alert === Alert.CLOSE_NOTIFY;
  }

  #handshakeReceived(content: Uint8Array): void {
    const told = this.#postHandshake.received(content);
    if (told === undefined) return;
    if ("alert" in told) this.#fail(told);
    else this.#followKeyUpdate(told.isAnswerWanted);
  }

  #followKeyUpdate(isAnswerWanted: boolean): void {
    const error = this.#receiveKeys.update();
    if (error !== undefined) {
      const text =
        "the peer changed its TLS keys (KeyUpdate), and the kernel's TLS did not take the new ones";
      const hint = error.errno === "EBUSY" ? ": Linux can since 6.14, and Node's TLS can everywhere" : "";
      this.#fail({ alert: Alert.INTERNAL_ERROR, text: `${text} (${error.message})${hint}` }, error.cause);
      return;
    }
    this.#isRekeyed = true;
    if (isAnswerWanted && !this.#isUpdateUnderWay) this.#updateKeys();
  }

  /** What is written behind the record is protected with the new keys: they change when it has gone, before anything else does. */
  #updateKeys(): void {
    this.#isUpdateUnderWay = true;
    const release = (): void => {
      this.#isUpdateUnderWay = false;
      if (this.#isClosed || this.#hasEnded || this.#inner.isDestroyed) return;
      const error = this.#sendKeys.update();
      if (error === undefined) return;
      const text = `the kernel's TLS did not take new keys for what is sent (${error.message})`;
      this.#fail({ alert: Alert.INTERNAL_ERROR, text }, error.cause);
    };
    this.#inner.writeRecord(ContentType.HANDSHAKE, keyUpdate, { release });
  }

  #fail(violation: Violation, cause?: unknown): void {
    this.destroy(this.#refuse(violation, cause));
  }

  /** Says why to the peer (RFC 8446 §6.2), which hears it unless something waits before it. */
  #refuse({ alert, text }: Violation, cause?: unknown): TransportError {
    // A record that opens with no key would fail the alert as well.
    this.#inner.forgetFailure();
    this.#inner.writeRecord(ContentType.ALERT, fatalAlert(alert));
    return new TransportError("TLS_FAILED", text, cause === undefined ? undefined : { cause });
  }
}
