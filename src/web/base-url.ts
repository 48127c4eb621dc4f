// Which URL a script means. In a browser relative URLs are relative to the page; here to what `setGlobalOrigin` was told.

import { describeValue } from "../protocol/index.js";

let base: URL | undefined;

/**
 * Sets what relative URLs of `WebSocket` and `WebSocketStream` are relative to, and the Origin header that both send unless
 * their options say otherwise: the origin of `url`. Undefined, as in the beginning: only whole URLs are taken, and no Origin is
 * sent. Throws `TypeError` for what is no URL.
 */
export function setGlobalOrigin(url: string | URL | undefined): void {
  base = url === undefined ? undefined : new URL(url);
}

/** What is sent as Origin; undefined when nothing was set. */
export function globalOrigin(): string | undefined {
  if (base === undefined) return undefined;
  const { protocol, origin } = base;
  // A page has the scheme of HTTP, also where the base was given as the WebSocket's.
  return protocol === "ws:" || protocol === "wss:" ? origin.replace(/^ws/, "http") : origin;
}

/** The URL record of a WebSocket. Throws a "SyntaxError" `DOMException`. */
export function parseSocketUrl(text: string): URL {
  if (!URL.canParse(text, base?.href)) {
    const advice = base === undefined ? " without a base; setGlobalOrigin sets one" : "";
    throw new DOMException(`${describeValue(text)} is not a URL${advice}`, "SyntaxError");
  }
  const url = new URL(text, base);
  // WebSockets Standard, "get a URL record": http and https stand for ws and wss.
  if (url.protocol === "http:") url.protocol = "ws:";
  if (url.protocol === "https:") url.protocol = "wss:";
  if (url.protocol !== "ws:" && url.protocol !== "wss:")
    throw new DOMException(
      `the scheme of ${describeValue(url.href)} is ${url.protocol}; a WebSocket takes ws:, wss:, http: and https:`,
      "SyntaxError",
    );
  // An empty fragment is one as well, and only the whole URL shows it.
  if (url.href.includes("#"))
    throw new DOMException(
      `${describeValue(url.href)} has a fragment; a WebSocket takes none`,
      "SyntaxError",
    );
  return url;
}
