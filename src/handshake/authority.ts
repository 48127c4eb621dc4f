// Host and port, as a Host header, an Origin or an absolute target writes them: nothing but
// `host [ ":" port ]` (RFC 9110 §4.2), so that no user name, path or blank can hide a second host.

export interface Authority {
  /** In lower case; an IPv6 address keeps its brackets. */
  readonly hostname: string;
  /** 0 to 65 535. */
  readonly port: number;
}

/** The parts of `host [ ":" port ]`, or `undefined` when the text is anything else. */
export function parseAuthority(text: string, defaultPort: number): Authority | undefined {
  const match = /^(\[[\dA-Fa-f:.]+\]|[\w\-.~!$&'()*+,;=%]+)(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const port = match[2] === undefined ? defaultPort : Number(match[2]);
  return port > 65_535 ? undefined : { hostname: match[1].toLowerCase(), port };
}

/** The port of http and ws, or of https and wss. */
export function defaultPortOf(isSecure: boolean): number {
  return isSecure ? 443 : 80;
}
