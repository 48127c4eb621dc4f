// The flags of `sluice replay`, under the headings of its help.

import { handshakeFlags, wayFlags } from "../client-flags.js";
import type { Flags } from "../command.js";

const replay = {
  speed: {
    type: "string",
    value: "FACTOR",
    about: "pause so many times shorter than recorded, as in 2 or 0.5; max does not pause; 1 by default",
  },
  compare: {
    type: "boolean",
    about: "hold what comes against what was recorded, and say what differs, in place of printing it",
  },
  wait: {
    type: "string",
    short: "w",
    value: "SECONDS",
    about: "with --compare, wait so long for each message that is missing; 5 by default",
  },
  "max-bytes": {
    type: "string",
    value: "BYTES",
    about: "the largest message to take, as in 65536, 64k or 16M; 1M by default",
  },
} as const satisfies Flags;

const handshake = {
  ...handshakeFlags,
  "no-compression": { type: "boolean", about: "do not offer compression" },
  "connect-timeout": {
    type: "string",
    value: "SECONDS",
    about: "how long it may take to connect; 10 by default",
  },
} as const satisfies Flags;

export const replayFlagGroups = {
  Replay: replay,
  "Opening handshake": handshake,
  "Way to the server": wayFlags,
};

export const replayFlags = { ...replay, ...handshake, ...wayFlags };
