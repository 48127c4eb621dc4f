// What was asked for on the command line, as what `connect` of the library and the session take.

import type { ConnectOptions } from "../../client/index.js";
import { completeUrl } from "../address.js";
import { type Encoding, encodings } from "../byte-text.js";
import { readClientOptions } from "../client-options.js";
import type { Invocation } from "../command.js";
import { FlagReader } from "../flag-value.js";

export interface SessionSettings {
  readonly url: string;
  readonly options: ConnectOptions;
  /** Sent before anything else. */
  readonly firstMessages: readonly string[];
  readonly isBinary: boolean;
  /** Undefined: as suits where it is written to. */
  readonly encoding: Encoding | undefined;
  readonly isJson: boolean;
  readonly isOnce: boolean;
  readonly waitMs: number;
  readonly staysOpen: boolean;
  readonly pingIntervalMs: number | undefined;
  readonly reconnects: boolean;
  readonly isVerbose: boolean;
  readonly isQuiet: boolean;
  readonly hasNoColor: boolean;
  readonly hasNoHistory: boolean;
}

/** Throws `UsageError`. */
export function readSettings({ values, positionals }: Invocation): SessionSettings {
  const flags = new FlagReader(values);
  flags.excludes("compression", "no-compression");
  flags.excludes("quiet", "verbose");
  flags.excludes("wait", "no-close");
  flags.excludes("binary", "json");
  return {
    url: completeUrl(positionals[0]),
    options: readOptions(flags),
    firstMessages: flags.texts("execute"),
    isBinary: flags.isSet("binary"),
    encoding: flags.choice("encoding", encodings),
    isJson: flags.isSet("json"),
    isOnce: flags.isSet("once"),
    waitMs: flags.milliseconds("wait") ?? 0,
    staysOpen: flags.isSet("no-close"),
    pingIntervalMs: flags.milliseconds("ping"),
    reconnects: flags.isSet("reconnect"),
    isVerbose: flags.isSet("verbose"),
    isQuiet: flags.isSet("quiet"),
    hasNoColor: flags.isSet("no-color"),
    hasNoHistory: flags.isSet("no-history"),
  };
}

function readOptions(flags: FlagReader): ConnectOptions {
  return {
    ...readClientOptions(flags),
    compression: flags.isSet("no-compression")
      ? false
      : flags.isSet("compression")
        ? { thresholdBytes: 0 }
        : true,
    followRedirects: flags.integer("follow-redirects", 0, 100),
    handshakeTimeoutMs: flags.milliseconds("connect-timeout"),
    maxMessageBytes: flags.bytes("max-bytes"),
  };
}
