// What was asked for on the command line, as what `createServer` and `listen` take.

import type { ListenTarget, ServerOptions } from "../../server/index.js";
import { type FlagValues, UsageError } from "../command.js";
import { FlagReader } from "../flag-value.js";
import { readKeyPair, readPassphrase } from "../key-pair.js";
import { readTransport } from "../transport-flag.js";

export interface ServeSettings {
  readonly mode: "echo" | "broadcast" | "handler";
  /** The module of mode "handler". */
  readonly handler: string;
  readonly target: ListenTarget;
  readonly options: ServerOptions;
  readonly isOnce: boolean;
  readonly isVerbose: boolean;
  readonly isQuiet: boolean;
  readonly hasNoColor: boolean;
}

/** Throws `UsageError`. */
export function readSettings(values: FlagValues): ServeSettings {
  const flags = new FlagReader(values);
  flags.excludes("echo", "broadcast", "handler");
  flags.excludes("socket-path", "port");
  flags.excludes("socket-path", "host");
  flags.excludes("quiet", "verbose");
  const handler = flags.text("handler");
  const socketPath = flags.text("socket-path");
  const port = flags.integer("port", 0, 65_535) ?? 8080;
  return {
    mode: handler !== undefined ? "handler" : flags.isSet("broadcast") ? "broadcast" : "echo",
    handler: handler ?? "",
    target:
      socketPath === undefined ? { port, host: flags.text("host") ?? "127.0.0.1" } : { path: socketPath },
    options: {
      path: flags.text("path"),
      tls: readTls(flags),
      transport: readTransport(flags),
      protocols: flags.texts("subprotocol"),
      origins: readOrigins(flags.texts("origins")),
      compression: flags.isSet("compression"),
      maxMessageBytes: flags.bytes("max-bytes"),
    },
    isOnce: flags.isSet("once"),
    isVerbose: flags.isSet("verbose"),
    isQuiet: flags.isSet("quiet"),
    hasNoColor: flags.isSet("no-color"),
  };
}

function readOrigins(given: readonly string[]): ServerOptions["origins"] {
  if (given.length === 0) return undefined;
  const [first] = given;
  if (first !== "any" && first !== "same") return given;
  if (given.length === 1) return first;
  throw new UsageError(`--origins ${first} says it all; leave the others out`);
}

function readTls(flags: FlagReader): ServerOptions["tls"] {
  const { cert, key } = readKeyPair(flags);
  if (cert === undefined) return undefined;
  if (key === undefined) throw new UsageError("--cert needs --key, the key of the certificate");
  return { cert, key, passphrase: readPassphrase(flags) };
}
