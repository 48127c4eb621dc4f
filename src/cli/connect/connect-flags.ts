// The flags of `sluice connect`, under the headings of its help.

import { encodings } from "../byte-text.js";
import { certificateFlags, headerFlag } from "../client-flags.js";
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
    about: "when the input has ended, wait so long for messages before closing",
  },
  "no-close": { type: "boolean", about: "when the input has ended, go on until the server closes" },
  ping: { type: "string", value: "SECONDS", about: "ping every so often, and say how long the answer took" },
  reconnect: { type: "boolean", about: "connect again when the connection is lost or cannot be made" },
  "max-bytes": {
    type: "string",
    value: "BYTES",
    about: "the largest message to take, as in 65536, 64k or 16M; 1M by default",
  },
} satisfies Flags;

const handshake = {
  subprotocol: {
    type: "string",
    short: "s",
    multiple: true,
    value: "NAME",
    about: "offer this subprotocol; may be given several times, in order of preference",
  },
  ...headerFlag,
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

const way = {
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
  transport: {
    type: "string",
    value: "KIND",
    choices: ["auto", "node", "uring"],
    about: "what carries the connection",
  },
  insecure: { type: "boolean", short: "k", about: "do not check the server's certificate" },
  ...certificateFlags,
  passphrase: {
    type: "string",
    value: "TEXT",
    about: "the key's; other users can see it in the list of processes",
  },
  "passphrase-file": {
    type: "string",
    value: "FILE",
    isFile: true,
    about: "take it from this file, where nobody else sees it",
  },
  servername: {
    type: "string",
    value: "NAME",
    about: "the name that is asked for and checked, in place of the URL's",
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
  "Way to the server": way,
  Output: output,
};

export const connectFlags = { ...messages, ...handshake, ...way, ...output };
