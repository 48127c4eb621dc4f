// What options of the proxy are called on the command line.

import type { Words } from "../../proxy/index.js";

const flags: Readonly<Record<string, string>> = {
  to: "--to",
  host: "--host-pattern",
  pathPrefix: "--path-prefix",
  balance: "--balance",
  "health.active.path": "--health",
  trustedProxies: "--trusted-proxy",
  proxyProtocol: "--proxy-protocol",
  passphrase: "--passphrase-file",
};

export const flagWords: Words = {
  place: flagOf,
  option: flagOf,
  setting: (name, value) => {
    const text = JSON.stringify(value);
    // What has no flag can be said in a file.
    return Object.hasOwn(flags, name) ? `${flags[name]} ${text}` : `"${name}": ${text} in a config file`;
  },
};

function flagOf(name: string): string {
  return Object.hasOwn(flags, name) ? flags[name] : name;
}
