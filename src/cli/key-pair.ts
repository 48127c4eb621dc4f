// A certificate and its key, from the files that flags name.

import { type Flags, UsageError } from "./command.js";
import type { FlagReader } from "./flag-value.js";

/** What goes with a certificate, at either end. */
export const keyFlags = {
  key: { type: "string", value: "FILE", isFile: true, about: "its key, in PEM" },
  passphrase: {
    type: "string",
    value: "TEXT",
    about: "the key's; other users can see it in the list of processes",
  },
  "passphrase-file": {
    type: "string",
    value: "FILE",
    isFile: true,
    about: "take it from this file, where nobody else sees it",
  },
} as const satisfies Flags;

export interface KeyPair {
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** From a flag, or from a file that others cannot see in the list of processes. Throws `UsageError`. */
export function readPassphrase(flags: FlagReader): string | undefined {
  flags.excludes("passphrase", "passphrase-file");
  const content = flags.file("passphrase-file");
  return flags.text("passphrase") ?? (content === undefined ? undefined : passphraseIn(content));
}

/** A file of one line ends with a line feed that is no part of what it holds. */
export function passphraseIn(content: string): string {
  return content.replace(/\r?\n$/, "");
}

/** Throws `UsageError`. */
export function readKeyPair(flags: FlagReader): KeyPair {
  if (flags.text("key") !== undefined && flags.text("cert") === undefined)
    throw new UsageError("--key needs --cert, the certificate it is for");
  const [cert, key] = [flags.pem("cert"), flags.pem("key")];
  // A file may hold both, as many tools write them.
  return { cert, key: key ?? (cert?.includes("PRIVATE KEY-----") ? cert : undefined) };
}
