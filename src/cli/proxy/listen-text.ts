// Where to listen, as people type it.

import { resolve } from "node:path";

/** A port of all addresses or of one host, or a unix socket. */
export type ListenPlace =
  | { readonly port: number; readonly host?: string | undefined }
  | { readonly path: string };

export const listenForms = '8080, "127.0.0.1:8080", "[::1]:8080" or "unix:/run/proxy.sock"';

/** "8080", "HOST:8080", "[::1]:8080", "unix:FILE", which is relative to the folder; undefined for what is none of them. */
export function parseListenText(text: string, folder: string): ListenPlace | undefined {
  const [, file] = /^unix:(.+)$/.exec(text) ?? [];
  if (file !== undefined) return { path: resolve(folder, file) };
  const [, bracketed, plain, digits] =
    /^(?:(?:\[([\da-fA-F:.%\w]+)\]|([^\s:[\]/*]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = digits === undefined ? Number.NaN : Number(digits);
  if (!(port <= 65_535)) return undefined;
  const host = bracketed ?? plain;
  return host === undefined ? { port } : { port, host };
}

/** The port of "*:8080", which nginx and others take for one of all addresses; undefined for anything else. */
export function portOfAll(text: string): string | undefined {
  return /^\*:(\d{1,5})$/.exec(text)?.[1];
}

/** What tells it from the others, and what messages call it. */
export function nameOfPlace(place: ListenPlace): string {
  if ("path" in place) return `unix:${place.path}`;
  if (place.host === undefined) return String(place.port);
  return `${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`;
}
