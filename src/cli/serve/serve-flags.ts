// The flags of `sluice serve`, under the headings of its help.

import type { Flags } from "../command.js";
import { keyFlags } from "../key-pair.js";
import { transportFlag } from "../transport-flag.js";

const modes = {
  echo: { type: "boolean", about: "send each message back; this is what is done by default" },
  broadcast: {
    type: "boolean",
    about: "send each message to everybody, and each line of standard input too",
  },
  handler: {
    type: "string",
    value: "FILE",
    isFile: true,
    about:
      "do what the default export of this module says: handlers, or one function, as createServer takes them",
  },
} satisfies Flags;

const where = {
  port: {
    type: "string",
    short: "p",
    value: "PORT",
    about: "listen on this port; 8080 by default, and 0 takes a free one",
  },
  host: {
    type: "string",
    value: "HOST",
    about:
      "listen on this address; 127.0.0.1 by default, which only this machine reaches; 0.0.0.0 lets others in",
  },
  "socket-path": { type: "string", value: "FILE", isFile: true, about: "listen on this unix socket instead" },
  path: { type: "string", value: "PATH", about: "serve only this path; by default every one" },
  cert: { type: "string", value: "FILE", isFile: true, about: "serve wss: with this certificate, in PEM" },
  ...keyFlags,
  ...transportFlag,
} satisfies Flags;

const connections = {
  subprotocol: {
    type: "string",
    short: "s",
    multiple: true,
    value: "NAME",
    about: "speak this subprotocol; may be given several times, in order of preference",
  },
  origins: {
    type: "string",
    multiple: true,
    value: "ORIGIN",
    about: "let in pages of this origin, of any, or of the same one as the server, which is the default",
  },
  compression: { type: "boolean", about: "compress what is longer than 1 KiB, for clients that can" },
  "max-bytes": {
    type: "string",
    value: "BYTES",
    about: "the largest message to take, as in 65536, 64k or 16M; 1M by default",
  },
  once: { type: "boolean", about: "end when the first connection has ended" },
} satisfies Flags;

const output = {
  verbose: { type: "boolean", short: "v", about: "a line for each message that comes" },
  quiet: { type: "boolean", short: "q", about: "no line for each connection" },
  "no-color": { type: "boolean", about: "no colours; the environment variable NO_COLOR says the same" },
} satisfies Flags;

export const serveFlagGroups = {
  "What it does": modes,
  "Where it listens": where,
  Connections: connections,
  Output: output,
};

export const serveFlags = { ...modes, ...where, ...connections, ...output };
