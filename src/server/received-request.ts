// The request as the application sees it, and as the connection keeps it for its whole life: once it has been answered,
// its headers are one string (a fifth of the memory), taken apart again when somebody looks.

import { HeaderMap, type UpgradeOffer } from "../handshake/index.js";
import type { Transport } from "../transport/index.js";
import type { UpgradeOffering } from "./handlers.js";

export class ReceivedRequest implements UpgradeOffering {
  readonly url: string;
  readonly pathname: string;
  readonly protocols: readonly string[];
  readonly #peer: Pick<Transport, "remoteAddress">;
  readonly isSecure: boolean;
  #headers: HeaderMap | string;

  constructor(
    offer: UpgradeOffer,
    headers: HeaderMap,
    peer: Pick<Transport, "remoteAddress">,
    isSecure: boolean,
  ) {
    this.url = offer.resourceName;
    this.pathname = offer.path;
    this.protocols = offer.protocols;
    this.#peer = peer;
    this.isSecure = isSecure;
    this.#headers = headers;
  }

  get method(): string {
    return "GET";
  }

  /** Asked of the socket when somebody wants to know; once asked, it is known after the end as well. */
  get remoteAddress(): string | undefined {
    return this.#peer.remoteAddress;
  }

  get headers(): HeaderMap {
    if (typeof this.#headers === "string") this.#headers = unpack(this.#headers);
    return this.#headers;
  }

  get origin(): string | undefined {
    return this.headers.get("origin");
  }

  get host(): string {
    return this.headers.get("host") ?? "";
  }

  /** The request has been answered: from now on its headers are rarely looked at. */
  pack(): void {
    if (typeof this.#headers !== "string") this.#headers = Array.from(this.#headers, packLine).join("\n");
  }
}

/** Neither names nor values can hold a line feed, and names no colon. */
function packLine([name, value]: readonly [string, string]): string {
  return `${name}:${value}`;
}

function unpack(text: string): HeaderMap {
  const lines = text.split("\n").map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1)] as const;
  });
  return new HeaderMap(lines);
}
