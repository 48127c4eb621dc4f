// The flags of `sluice connect`, under the headings of its help.

import { encodings } from "../byte-text.js";
import { handshakeFlags, wayFlags } from "../client-flags.js";
import type { Flags } from "../command.js";

const messages = {
  execute: {
    type: "string",
    short: "x",
    multiple: true,
    value: "MESSAGE",
    about: "send this once connected, before what is typed or piped; may be given several times",
  },
  binary: {
    type: "boolean",
    about: "send binary messages: each line as one, or with raw encoding all of a pipe as a single one",
  },
  encoding: {
    type: "string",
    value: "ENCODING",
    choices: encodings,
    about:
      "how bytes are written, in what is sent with --binary and in what comes; by default raw through pipes, and on a terminal text to send and hex to see",
  },
  json: {
    type: "boolean",
    about: "lay out JSON that comes, one line each through pipes, and send nothing else than JSON",
  },
  once: { type: "boolean", about: "close after the first message that comes" },
  wait: {
    type: "string",
    short: "w",
    value: "SECONDS",
    about:
      "through pipes, when the input has ended, wait so long for messages before closing; with --once, for the first",
  },
  "no-close": {
    type: "boolean",
    about: "through pipes, when the input has ended, go on until the server closes",
  },
  ping: { type: "string", value: "SECONDS", about: "ping every so often, and say how long the answer took" },
  reconnect: { type: "boolean", about: "connect again when the connection is lost or cannot be made" },
  "max-bytes": {
    type: "string",
    value: "BYTES",
    about: "the largest message to take, as in 65536, 64k or 16M; 1M by default",
  },
} satisfies Flags;

const handshake = {
  ...handshakeFlags,
  compression: { type: "boolean", about: "compress all that is sent; by default, what is longer than 1 KiB" },
  "no-compression": { type: "boolean", about: "do not offer compression" },
  "follow-redirects": {
    type: "string",
    short: "L",
    value: "COUNT",
    about: "follow so many redirects; by default none",
  },
  "connect-timeout": {
    type: "string",
    value: "SECONDS",
    about: "how long it may take to connect; 10 by default",
  },
} satisfies Flags;

const output = {
  verbose: {
    type: "boolean",
    short: "v",
    about: "show the heads of the handshake, each control frame, and the size of each message",
  },
  quiet: { type: "boolean", short: "q", about: "show messages and failures only" },
  "no-color": { type: "boolean", about: "no colours; the environment variable NO_COLOR says the same" },
  "no-history": { type: "boolean", about: "neither read nor keep the history of typed lines" },
} satisfies Flags;

export const connectFlagGroups = {
  Messages: messages,
  "Opening handshake": handshake,
  "Way to the server": wayFlags,
  Output: output,
};

export const connectFlags = { ...messages, ...handshake, ...wayFlags, ...output };
