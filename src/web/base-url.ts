// Which URL a script means. In a browser relative URLs are relative to the page; here to what `setGlobalOrigin` was told, or to
// the page of an environment that plays browser.

import { describeValue } from "../protocol/index.js";

let base: URL | undefined;

/**
 * Sets what relative URLs of `WebSocket` and `WebSocketStream` are relative to, and the Origin header that both send unless
 * their options say otherwise: the origin of `url`. Undefined, as in the beginning: both are those of the global `location`
 * where that has an http: or https: URL, as in jsdom; where there is none, only whole URLs are taken, and no Origin is sent.
 * Throws `TypeError` for what is no URL.
 */
export function setGlobalOrigin(url: string | URL | undefined): void {
  base = url === undefined ? undefined : new URL(url);
}

/** What relative URLs are relative to. */
function baseUrl(): URL | undefined {
  return base ?? pageUrl();
}

function pageUrl(): URL | undefined {
  const { location } = globalThis as { readonly location?: { readonly href?: unknown } | undefined };
  const href = location?.href;
  // A page without an origin, such as about:blank, is none for a program that has not asked for a page.
  return typeof href === "string" && /^https?:/.test(href) && URL.canParse(href) ? new URL(href) : undefined;
}

/**
 * Mixed Content, "should fetching request be blocked": a page that was loaded over TLS gets no connection without it, except to
 * this machine. A base that was set is no page, and says nothing of where the program came from.
 */
export function isMixedContent({ protocol, hostname }: URL): boolean {
  return protocol === "ws:" && !isOnThisMachine(hostname) && pageUrl()?.protocol === "https:";
}

/** Secure Contexts, "is origin potentially trustworthy", as far as a name or an address tells. */
function isOnThisMachine(hostname: string): boolean {
  return /^(127(\.\d+){3}|\[::1\]|(.+\.)?localhost\.?)$/.test(hostname);
}

/** What is sent as Origin; undefined when there is no base. */
export function globalOrigin(): string | undefined {
  const page = baseUrl();
  if (page === undefined) return undefined;
  const { protocol, origin } = page;
  // A page has the scheme of HTTP, also where the base was given as the WebSocket's.
  return protocol === "ws:" || protocol === "wss:" ? origin.replace(/^ws/, "http") : origin;
}

/** The URL record of a WebSocket. Throws a "SyntaxError" `DOMException`. */
export function parseSocketUrl(text: string): URL {
  const page = baseUrl();
  if (!URL.canParse(text, page?.href)) {
    const advice = page === undefined ? " without a base; setGlobalOrigin sets one" : "";
    throw new DOMException(`${describeValue(text)} is not a URL${advice}`, "SyntaxError");
  }
  const url = new URL(text, page);
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
