// A certificate and its key, from the files that flags name.

import { UsageError } from "./command.js";
import type { FlagReader } from "./flag-value.js";

export interface KeyPair {
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Throws `UsageError`. */
export function readKeyPair(flags: FlagReader): KeyPair {
  const [cert, key] = [flags.file("cert"), flags.file("key")];
  if (key !== undefined && cert === undefined)
    throw new UsageError("--key needs --cert, the certificate it is for");
  // A file may hold both, as many tools write them.
  return { cert, key: key ?? (cert?.includes("PRIVATE KEY-----") ? cert : undefined) };
}
