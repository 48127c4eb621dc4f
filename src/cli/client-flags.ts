// Flags that every command has which is a client of some server, under two headings of its help.

import type { Flags } from "./command.js";
import { keyFlags } from "./key-pair.js";
import { transportFlag } from "./transport-flag.js";

/** Of the opening handshake. */
export const handshakeFlags = {
  subprotocol: {
    type: "string",
    short: "s",
    multiple: true,
    value: "NAME",
    about: "offer this subprotocol; may be given several times, in order of preference",
  },
  header: {
    type: "string",
    short: "H",
    multiple: true,
    value: "'NAME: VALUE'",
    about: "send this header; may be given several times",
  },
  origin: {
    type: "string",
    short: "o",
    value: "ORIGIN",
    about: "send this Origin, as a browser's page does",
  },
  "user-agent": { type: "string", short: "A", value: "TEXT", about: "send this User-Agent" },
  auth: {
    type: "string",
    short: "u",
    value: "USER:PASSWORD",
    about: "basic authentication; the URL may hold it as well",
  },
} as const satisfies Flags;

/** How the server is reached. */
export const wayFlags = {
  "socket-path": {
    type: "string",
    value: "FILE",
    isFile: true,
    about: "connect to this unix socket; the URL says what is asked for there",
  },
  proxy: {
    type: "string",
    value: "URL",
    about: "go through this HTTP proxy; env takes that of the environment",
  },
  ...transportFlag,
  insecure: { type: "boolean", short: "k", about: "do not check the server's certificate" },
  ca: { type: "string", value: "FILE", isFile: true, about: "trust this authority, in PEM, and no other" },
  cert: { type: "string", value: "FILE", isFile: true, about: "the client's certificate, in PEM" },
  ...keyFlags,
  servername: {
    type: "string",
    value: "NAME",
    about: "the name that is asked for and checked, in place of the URL's",
  },
} as const satisfies Flags;
