// The request as the application sees it, and as the connection keeps it for its whole life: once it has been answered,
// it is one string of its own (a fifth of the memory, and nothing of the head it came in), taken apart when somebody looks.

import { HeaderMap, parseSubprotocols, type UpgradeOffer } from "../handshake/index.js";
import type { Transport } from "../transport/index.js";
import type { UpgradeOffering } from "./handlers.js";

/** What the head said. */
interface Content {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly headers: HeaderMap;
}

export class ReceivedRequest implements UpgradeOffering {
  readonly #peer: Pick<Transport, "remoteAddress">;
  readonly isSecure: boolean;
  /** Packed: a line for the URL and one for each header. */
  #content: Content | string;

  constructor(
    offer: UpgradeOffer,
    headers: HeaderMap,
    peer: Pick<Transport, "remoteAddress">,
    isSecure: boolean,
  ) {
    this.#peer = peer;
    this.isSecure = isSecure;
    this.#content = { url: offer.resourceName, protocols: offer.protocols, headers };
  }

  get method(): string {
    return "GET";
  }

  get url(): string {
    const content = this.#content;
    return typeof content === "string" ? content.slice(0, content.indexOf("\n")) : content.url;
  }

  get pathname(): string {
    return this.url.split("?", 1)[0];
  }

  get protocols(): readonly string[] {
    return this.#unpacked().protocols;
  }

  /** Asked of the socket when somebody wants to know. */
  get remoteAddress(): string | undefined {
    return this.#peer.remoteAddress;
  }

  get headers(): HeaderMap {
    return this.#unpacked().headers;
  }

  get origin(): string | undefined {
    return this.headers.get("origin");
  }

  get host(): string {
    return this.headers.get("host") ?? "";
  }

  /** The request has been answered: from now on it is rarely looked at. */
  pack(): void {
    if (typeof this.#content === "string") return;
    const { url, headers } = this.#content;
    this.#content = [url, ...Array.from(headers, packLine), ""].join("\n");
  }

  #unpacked(): Content {
    if (typeof this.#content === "string") this.#content = unpack(this.#content);
    return this.#content;
  }
}

/** Neither URLs nor names nor values can hold a line feed, and names no colon. */
function packLine([name, value]: readonly [string, string]): string {
  return `${name}:${value}`;
}

function unpack(text: string): Content {
  const [url, ...lines] = text.slice(0, -1).split("\n");
  const headers = new HeaderMap(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1)] as const;
    }),
  );
  const offered = headers.get("sec-websocket-protocol");
  return { url, headers, protocols: (offered && parseSubprotocols(offered)) || [] };
}
