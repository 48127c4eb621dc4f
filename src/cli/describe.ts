// Errors and close codes, in the words of the command line and in one line.

import { CloseCode } from "../protocol/index.js";
import { visibleLine } from "./visible-text.js";

/** Options of the library, which its messages speak of, by the flags that set them. */
export type FlagNames = Readonly<Record<string, string>>;

/** Of every command that is a client. */
export const clientFlagNames: FlagNames = {
  "tls.rejectUnauthorized: false": "--insecure",
  "tls.ca": "--ca",
  "tls.cert": "--cert",
  "tls.key": "--key",
  "tls.servername": "--servername",
  socketPath: "--socket-path",
};

const flagNames: FlagNames = {
  ...clientFlagNames,
  handshakeTimeoutMs: "--connect-timeout",
  followRedirects: "--follow-redirects",
  maxMessageBytes: "--max-bytes",
  "the option origins says who may, the option isSecure that a proxy has taken off TLS":
    "--origins says who may",
  "the option origins": "--origins",
};

export function describeError(error: unknown, flags: FlagNames = flagNames): string {
  let text = error instanceof Error ? error.message : String(error);
  for (const [option, flag] of Object.entries(flags)) text = text.replaceAll(option, flag);
  return visibleLine(text.trim());
}

const wordsOfCodes = new Map<number, string>(
  Object.entries(CloseCode).map(([name, code]) => [code, name.toLowerCase().replaceAll("_", " ")]),
);

/** "1011 (internal error): no database" */
export function describeClose(code: number, reason: string): string {
  const words = wordsOfCodes.get(code);
  return `${code}${words === undefined ? "" : ` (${words})`}${reason === "" ? "" : `: ${visibleLine(reason)}`}`;
}
