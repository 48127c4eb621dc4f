// The address of a WebSocket, and where it leads.

export interface Target {
  readonly url: URL;
  readonly isSecure: boolean;
  /** Behind a unix socket. */
  readonly isIpc: boolean;
}

/** The URL, with ws: for http: and wss: for https:. Throws for what is none. */
export function parseAddress(address: string | URL): URL {
  let url: URL;
  try {
    url = address instanceof URL ? address : new URL(address);
  } catch {
    throw new SyntaxError(`Invalid URL: ${address}`);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return url;
  url = new URL(url);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  return url;
}

/** Where the URL leads, or what is wrong with it. */
export function targetOf(url: URL): Target | SyntaxError {
  const isSecure = url.protocol === "wss:";
  const isIpc = url.protocol === "ws+unix:";
  if (!isSecure && !isIpc && url.protocol !== "ws:") {
    return new SyntaxError(
      'The URL\'s protocol must be one of "ws:", "wss:", "http:", "https:", or "ws+unix:"',
    );
  }
  if (isIpc && !url.pathname) return new SyntaxError("The URL's pathname is empty");
  if (url.hash) return new SyntaxError("The URL contains a fragment identifier");
  return { url, isSecure, isIpc };
}

/** The path of a unix socket and, behind a colon, that of the request. */
export function ipcPaths(path: string): { socketPath: string; path: string } {
  const colon = path.indexOf(":");
  return colon === -1
    ? { socketPath: path, path: "" }
    : { socketPath: path.slice(0, colon), path: path.slice(colon + 1) };
}

/** The host as sockets take it: an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
}
