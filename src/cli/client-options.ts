// The flags that every client has, as options of `connect`.

import type { ConnectOptions } from "../client/index.js";
import { UsageError } from "./command.js";
import type { FlagReader } from "./flag-value.js";
import { readKeyPair, readPassphrase } from "./key-pair.js";
import { readTransport } from "./transport-flag.js";

/** Throws `UsageError`. */
export function readClientOptions(flags: FlagReader): ConnectOptions {
  return {
    protocols: flags.texts("subprotocol"),
    headers: readHeaders(flags),
    origin: flags.text("origin"),
    socketPath: flags.text("socket-path"),
    proxy: flags.text("proxy"),
    transport: readTransport(flags),
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
