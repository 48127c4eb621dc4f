// The messages that a peer may send when the handshake is over (RFC 8446 §4.6): session tickets from a server, and new keys
// from both.

import type { TlsRole } from "../transport/index.js";
import { HandshakeMessages, HandshakeType } from "./handshake-messages.js";
import { Alert, type Violation } from "./tls-alert.js";

/** The longest ticket with all its fields (RFC 8446 §4.6.1), and the message's header. */
const MAX_MESSAGE_BYTES = 131_337;
/** KeyUpdate (RFC 8446 §4.6.3): its header, and whether one is wanted in return. */
const KEY_UPDATE_BYTES = 5;

/** The peer's keys change behind this record. */
export interface KeyUpdate {
  readonly isAnswerWanted: boolean;
}

/** A KeyUpdate that asks for none in return. */
export const keyUpdate: Uint8Array = Uint8Array.of(HandshakeType.KEY_UPDATE, 0, 0, 1, 0);

export class PostHandshake {
  readonly #isClient: boolean;
  readonly #messages = new HandshakeMessages();

  constructor(role: TlsRole) {
    this.#isClient = role === "client";
  }

  /** What a record says that has to be acted upon. Tickets are for other connections, which have their own ways. */
  received(content: Uint8Array): KeyUpdate | Violation | undefined {
    if (content.length === 0) return unexpected("an empty TLS handshake record");
    // The kernel looks at a record's first byte only, and waits for new keys then: nothing may hide in or behind a KeyUpdate.
    if (content[0] === HandshakeType.KEY_UPDATE && this.#messages.isBetween) return readKeyUpdate(content);
    for (const type of this.#messages.push(content)) {
      if (type === HandshakeType.KEY_UPDATE) return unexpected("a KeyUpdate that shares its TLS record");
      if (type !== HandshakeType.NEW_SESSION_TICKET || !this.#isClient)
        return unexpected(`a TLS handshake message of type ${type}, which this end cannot answer`);
    }
    return this.#messages.byteLength > MAX_MESSAGE_BYTES
      ? { alert: Alert.DECODE_ERROR, text: "the peer sent a TLS handshake message that is longer than any" }
      : undefined;
  }
}

function readKeyUpdate(content: Uint8Array): KeyUpdate | Violation {
  const isWhole =
    content.length === KEY_UPDATE_BYTES && keyUpdate.every((byte, at) => at === 4 || byte === content[at]);
  if (!isWhole) return unexpected("a KeyUpdate that does not fill a TLS record of its own");
  const isWanted = content[4];
  if (isWanted <= 1) return { isAnswerWanted: isWanted === 1 };
  return {
    alert: Alert.ILLEGAL_PARAMETER,
    text: `the peer sent a KeyUpdate with the request ${isWanted}; it is 0 or 1`,
  };
}

function unexpected(what: string): Violation {
  return { alert: Alert.UNEXPECTED_MESSAGE, text: `the peer sent ${what}` };
}
