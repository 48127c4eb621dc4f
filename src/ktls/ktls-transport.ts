// A ring's connection whose TLS the kernel does: bytes are plain for everybody here. What TLS has to say beside them comes
// as records of other types, and is answered here.

import { type Lease, type Transport, TransportError, type TransportSink } from "../transport/index.js";
import type { RecordSink, UringTransport } from "../uring/index.js";
import { HandshakeMessages, HandshakeType } from "./handshake-messages.js";
import type { KernelKeys } from "./kernel-keys.js";
import { ContentType } from "./record.js";
import { alertName, CLOSE_NOTIFY, closeNotify, USER_CANCELED } from "./tls-alert.js";

/** KeyUpdate (RFC 8446 §4.6.3), which asks for none in return. */
const keyUpdate: Uint8Array = Uint8Array.of(HandshakeType.KEY_UPDATE, 0, 0, 1, 0);

export class KtlsTransport implements Transport, TransportSink, RecordSink {
  readonly kind = "uring+ktls";
  readonly isSecure = true;
  readonly #inner: UringTransport;
  readonly #sendKeys: KernelKeys;
  readonly #receiveKeys: KernelKeys;
  readonly #messages = new HandshakeMessages();
  #sink: TransportSink | undefined;
  #isPaused = false;
  #hasEnded = false;
  /** TCP has ended, and TLS had not. */
  #isTruncated = false;
  #isUpdateUnderWay = false;
  #isClosed = false;
  #error: TransportError | undefined;

  /** Takes a paused transport over, whose kernel has the keys. */
  constructor(inner: UringTransport, sendKeys: KernelKeys, receiveKeys: KernelKeys) {
    this.#inner = inner;
    this.#sendKeys = sendKeys;
    this.#receiveKeys = receiveKeys;
    inner.startRecords(this);
    // Who else would wipe the keys, if it ended before anybody came?
    inner.attach(this);
  }

  get remoteAddress(): string | undefined {
    return this.#inner.remoteAddress;
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
      // Whoever has ended itself waits for nothing that could be missing.
      this.#isTruncated = !this.#hasEnded;
      return true;
    }
    if (type === ContentType.ALERT) return this.#alerted(content[1]);
    if (type === ContentType.HANDSHAKE) this.#told(content);
    else this.#fail(`the peer sent a TLS record of type ${type}, which has no place here`);
    return false;
  }

  #alerted(description: number): boolean {
    if (description === CLOSE_NOTIFY) return true;
    if (description !== USER_CANCELED)
      this.#fail(`the peer ended TLS with the alert ${alertName(description)}`);
    return false;
  }

  /** Messages of the handshake that come after it (RFC 8446 §4.6). Tickets are for other connections, which have their own ways. */
  #told(content: Uint8Array): void {
    for (const type of this.#messages.push(content)) {
      if (type === HandshakeType.KEY_UPDATE) this.#followKeyUpdate(content[content.length - 1] === 1);
      else if (type !== HandshakeType.NEW_SESSION_TICKET)
        this.#fail(`the peer sent a TLS handshake message of type ${type}, which this end cannot answer`);
    }
  }

  #followKeyUpdate(isAnswerWanted: boolean): void {
    const result = this.#receiveKeys.update();
    if (result < 0) {
      this.#fail(
        "the peer changed its TLS keys (KeyUpdate), and this kernel's TLS cannot: Linux can since 6.14, and Node's TLS can everywhere",
      );
    } else if (isAnswerWanted && !this.#isUpdateUnderWay) this.#updateKeys();
  }

  /** What is written behind the record is protected with the new keys: they change when it has gone, before anything else does. */
  #updateKeys(): void {
    this.#isUpdateUnderWay = true;
    const release = (): void => {
      this.#isUpdateUnderWay = false;
      if (this.#isClosed || this.#inner.isDestroyed) return;
      if (this.#sendKeys.update() < 0) this.#fail("the kernel did not take new TLS keys");
    };
    this.#inner.writeRecord(ContentType.HANDSHAKE, keyUpdate, { release });
  }

  #fail(text: string): void {
    this.destroy(new TransportError("TLS_FAILED", text));
  }
}
