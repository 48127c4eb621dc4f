// The request as the application sees it and as the connection keeps it for its whole life.

import type { HeaderMap, UpgradeOffer } from "../handshake/index.js";
import type { UpgradeOffering } from "./handlers.js";

export class ReceivedRequest implements UpgradeOffering {
  readonly method = "GET";
  readonly url: string;
  readonly pathname: string;
  readonly headers: HeaderMap;
  readonly protocols: readonly string[];
  readonly remoteAddress: string | undefined;
  readonly isSecure: boolean;

  constructor(offer: UpgradeOffer, headers: HeaderMap, remoteAddress: string | undefined, isSecure: boolean) {
    this.url = offer.resourceName;
    this.pathname = offer.path;
    this.headers = headers;
    this.protocols = offer.protocols;
    this.remoteAddress = remoteAddress;
    this.isSecure = isSecure;
  }

  get origin(): string | undefined {
    return this.headers.get("origin");
  }

  get host(): string {
    return this.headers.get("host") ?? "";
  }
}
