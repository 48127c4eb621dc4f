// What was asked for on the command line, as what `connect` of the library and the session take.

import type { ConnectOptions } from "../../client/index.js";
import { type Encoding, encodings } from "../byte-text.js";
import type { Invocation } from "../command.js";
import { UsageError } from "../command.js";
import { FlagReader } from "../flag-value.js";
import { readKeyPair, readPassphrase } from "../key-pair.js";
import { completeUrl } from "./address.js";

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
    protocols: flags.texts("subprotocol"),
    headers: readHeaders(flags),
    origin: flags.text("origin"),
    compression: flags.isSet("no-compression")
      ? false
      : flags.isSet("compression")
        ? { thresholdBytes: 0 }
        : true,
    followRedirects: flags.integer("follow-redirects", 0, 100),
    handshakeTimeoutMs: flags.milliseconds("connect-timeout"),
    maxMessageBytes: flags.bytes("max-bytes"),
    socketPath: flags.text("socket-path"),
    proxy: flags.text("proxy"),
    transport: flags.choice("transport", ["auto", "node", "uring"]),
    tls: readTls(flags),
  };
}

function readHeaders(flags: FlagReader): [string, string][] {
  const headers = flags.texts("header").map((line): [string, string] => {
    const [, name, value] = /^([^:]+?)\s*:\s*(.*)$/s.exec(line) ?? [];
    if (name === undefined)
      throw new UsageError(`--header ${JSON.stringify(line)} has no colon; it takes 'NAME: VALUE'`);
    return [name, value];
  });
  const agent = flags.text("user-agent");
  if (agent !== undefined) headers.push(["User-Agent", agent]);
  const auth = flags.text("auth");
  if (auth !== undefined) {
    if (!auth.includes(":")) throw new UsageError("--auth has no colon; it takes USER:PASSWORD");
    headers.push(["Authorization", `Basic ${Buffer.from(auth).toString("base64")}`]);
  }
  return headers;
}

function readTls(flags: FlagReader): ConnectOptions["tls"] {
  const tls: NonNullable<ConnectOptions["tls"]> = {};
  const ca = flags.pem("ca");
  const { cert, key } = readKeyPair(flags);
  if (ca !== undefined) tls.ca = ca;
  if (cert !== undefined) tls.cert = cert;
  if (key !== undefined) tls.key = key;
  const [passphrase, servername] = [readPassphrase(flags), flags.text("servername")];
  if (passphrase !== undefined) tls.passphrase = passphrase;
  if (servername !== undefined) tls.servername = servername;
  if (flags.isSet("insecure")) tls.rejectUnauthorized = false;
  return Object.keys(tls).length === 0 ? undefined : tls;
}
