// The flags of `sluice proxy`, under the headings of its help.

import type { Flags } from "../command.js";
import { keyFlags } from "../key-pair.js";
import { transportFlag } from "../transport-flag.js";

const where = {
  listen: {
    type: "string",
    short: "l",
    multiple: true,
    value: "ADDRESS",
    about:
      "listen here: PORT, HOST:PORT, [IPV6]:PORT or unix:FILE; may be given several times; without a host, others can connect too",
  },
  cert: {
    type: "string",
    value: "FILE",
    isFile: true,
    about: "serve wss: and https: with this certificate, in PEM",
  },
  ...keyFlags,
  "proxy-protocol": {
    type: "boolean",
    about: "every connection begins with a PROXY header, from one of --trusted-proxy",
  },
  "trusted-proxy": {
    type: "string",
    multiple: true,
    value: "NETWORK",
    about: "believe it when it says for whom it asks, as in 10.0.0.0/8 or ::1; may be given several times",
  },
} satisfies Flags;

const upstreams = {
  to: {
    type: "string",
    short: "t",
    multiple: true,
    value: "URL",
    about: "an upstream: ws:, wss:, http:, https: or ws+unix:FILE; may be given several times",
  },
  balance: {
    type: "string",
    value: "HOW",
    about:
      "how one of several is chosen: round-robin, least-connections, hash-address, hash-header:NAME or hash-cookie:NAME",
  },
  health: {
    type: "string",
    value: "HOW",
    about:
      "check upstreams from time to time, and leave out those that fail: with a path, as in /health, by asking for it; with connect by connecting alone, for those that speak WebSocket only",
  },
  "host-pattern": {
    type: "string",
    multiple: true,
    value: "HOST",
    about: "only requests for this host, or *.DOMAIN; by default any; may be given several times",
  },
  "path-prefix": {
    type: "string",
    value: "PATH",
    about: "only requests for this path and those below; by default any",
  },
  "send-proxy-protocol": {
    type: "string",
    value: "VERSION",
    choices: ["1", "2"],
    about: "begin connections to upstreams with a PROXY header of this version",
  },
} satisfies Flags;

const connections = {
  mode: {
    type: "string",
    short: "m",
    value: "MODE",
    choices: ["relay", "inspect"],
    about: "carry an open WebSocket as bytes, which is the default, or as messages that are looked at",
  },
  "max-clients": {
    type: "string",
    value: "COUNT",
    about: "how many WebSockets and plain requests at once, beyond which 503; 100000 by default",
  },
  "max-connections": {
    type: "string",
    value: "COUNT",
    about: "the same as --max-clients; maxConnections of a config file is of one route or upstream",
  },
  "idle-timeout": {
    type: "string",
    value: "SECONDS",
    about: "end a connection without a byte for so long, or none; 3600 by default",
  },
  "connect-timeout": {
    type: "string",
    value: "SECONDS",
    about: "for connecting to an upstream; 5 by default",
  },
  "handshake-timeout": { type: "string", value: "SECONDS", about: "for an upstream's answer; 10 by default" },
  ...transportFlag,
} satisfies Flags;

const ending = {
  "drain-code": {
    type: "string",
    value: "CODE",
    choices: ["1001", "1012"],
    about: "what clients are told when it ends; 1012, service restart, by default",
  },
  "drain-timeout": { type: "string", value: "SECONDS", about: "how long they have to leave; 10 by default" },
  linger: {
    type: "string",
    value: "SECONDS",
    about:
      "after SIGUSR2, how long open connections may stay with the old process; by default for as long as they like",
  },
} satisfies Flags;

const config = {
  config: {
    type: "string",
    short: "c",
    value: "FILE",
    isFile: true,
    about: "take all of the above from this file, in JSON",
  },
  check: { type: "boolean", about: "say what is wrong with the config, or that nothing is, and end" },
} satisfies Flags;

const output = {
  "access-log": {
    type: "string",
    value: "FILE",
    isFile: true,
    about:
      "append one line of JSON for each request that is over, and for each WebSocket; - is standard output",
  },
  admin: {
    type: "string",
    value: "ADDRESS",
    about:
      "listen here, PORT or HOST:PORT, for metrics, health and the inspector's page; on 127.0.0.1 unless it says otherwise",
  },
} satisfies Flags;

const thisProcess = {
  "pid-file": {
    type: "string",
    value: "FILE",
    isFile: true,
    about: "write the number of this process here until it ends, and after SIGUSR2 that of the new one",
  },
  verbose: {
    type: "boolean",
    short: "v",
    about:
      "lines beside an access log too, for each upstream that is selected, and for each TLS handshake that fails",
  },
  quiet: {
    type: "boolean",
    short: "q",
    about: "no lines but of what goes wrong, and of the process that takes over after SIGUSR2",
  },
  "no-color": { type: "boolean", about: "no colours; the environment variable NO_COLOR says the same" },
} satisfies Flags;

export const proxyFlagGroups = {
  "Where it listens": where,
  "Where requests go": upstreams,
  Connections: connections,
  "How it ends": ending,
  Output: output,
  "A config file": config,
  "This process": thisProcess,
};

export const proxyFlags = {
  ...where,
  ...upstreams,
  ...connections,
  ...ending,
  ...output,
  ...config,
  ...thisProcess,
};

/** What a config file says in their place. */
export const flagsOfConfig = Object.keys({ ...where, ...upstreams, ...connections, ...ending, ...output });
