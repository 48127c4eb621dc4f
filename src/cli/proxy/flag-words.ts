// What options of the proxy are called on the command line.

import type { Words } from "../../proxy/index.js";
import { fileWords } from "./config/file-words.js";

const flags: Readonly<Record<string, string>> = {
  to: "--to",
  host: "--host-pattern",
  pathPrefix: "--path-prefix",
  balance: "--balance",
  mode: "--mode",
  "health.active.path": "--health",
  sendProxyProtocol: "--send-proxy-protocol",
  maxClients: "--max-clients",
  idleTimeoutMs: "--idle-timeout",
  connectTimeoutMs: "--connect-timeout",
  handshakeTimeoutMs: "--handshake-timeout",
  transport: "--transport",
  trustedProxies: "--trusted-proxy",
  proxyProtocol: "--proxy-protocol",
  passphrase: "--passphrase-file",
};

export const flagWords: Words = {
  // Of a list, each item has a flag of its own.
  place: (place) => flagOf(place.replace(/\[\d+\]$/, "")),
  option: flagOf,
  setting: (name, value) => {
    // What has no flag can be said in a file.
    if (!Object.hasOwn(flags, name)) return `${fileWords.setting(name, value)} in a config file`;
    return [value]
      .flat()
      .map((each) => `${flags[name]} ${JSON.stringify(each)}`)
      .join(" ");
  },
};

function flagOf(name: string): string {
  return Object.hasOwn(flags, name) ? flags[name] : name;
}
