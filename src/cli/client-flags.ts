// Flags that every command has which is a client of some server.

import type { Flags } from "./command.js";

export const headerFlag = {
  header: {
    type: "string",
    short: "H",
    multiple: true,
    value: "'NAME: VALUE'",
    about: "send this header; may be given several times",
  },
} as const satisfies Flags;

export const certificateFlags = {
  ca: { type: "string", value: "FILE", isFile: true, about: "trust this authority, in PEM, and no other" },
  cert: { type: "string", value: "FILE", isFile: true, about: "the client's certificate, in PEM" },
  key: { type: "string", value: "FILE", isFile: true, about: "its key, in PEM" },
} as const satisfies Flags;
