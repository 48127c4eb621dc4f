// Flags that say how the server is reached, as options of `connect`.

import { readFileSync } from "node:fs";
import type { ConnectOptions } from "../../client/index.js";
import { describeValue } from "../../protocol/index.js";
import { certificateFlags, headerFlag } from "../client-flags.js";
import { type Flags, type FlagValues, UsageError } from "../command.js";
import { FlagReader } from "../flag-value.js";

export const connectFlags = {
  subprotocol: {
    type: "string",
    multiple: true,
    value: "NAME",
    about: "offer this subprotocol; may be given several times",
  },
  ...headerFlag,
  origin: { type: "string", value: "ORIGIN", about: "send this Origin" },
  compression: { type: "boolean", about: "offer permessage-deflate" },
  insecure: { type: "boolean", about: "do not check the server's certificate" },
  ...certificateFlags,
  transport: {
    type: "string",
    value: "KIND",
    choices: ["auto", "node", "uring"],
    about: "what carries the connections; auto by default",
  },
  "socket-path": { type: "string", value: "FILE", isFile: true, about: "connect to this unix socket" },
} as const satisfies Flags;

/** Throws `UsageError`. */
export function connectOptionsOf(values: FlagValues): ConnectOptions {
  const flags = new FlagReader(values);
  return {
    protocols: flags.texts("subprotocol"),
    headers: flags.texts("header").map(headerOf),
    origin: flags.text("origin"),
    compression: flags.isSet("compression"),
    tls: tlsOf(flags),
    transport: transportOf(flags.text("transport")),
    socketPath: flags.text("socket-path"),
  };
}

function transportOf(text: string | undefined): "auto" | "node" | "uring" {
  if (text === undefined || text === "auto" || text === "node" || text === "uring") return text ?? "auto";
  throw new UsageError(`--transport is ${describeValue(text)}; it takes auto, node or uring`);
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(":");
  if (colon < 1)
    throw new UsageError(
      `--header is ${describeValue(line)}; it takes a name and a value, as in "Name: value"`,
    );
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}

function tlsOf(flags: FlagReader): ConnectOptions["tls"] {
  const [ca, cert, key] = ["ca", "cert", "key"].map((name) => flags.text(name));
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined ? ["--key", "--cert"] : ["--cert", "--key"];
    throw new UsageError(`${given} needs ${missing} beside it: a certificate is nothing without its key`);
  }
  const files = { ca: pemOf("--ca", ca), cert: pemOf("--cert", cert), key: pemOf("--key", key) };
  return flags.isSet("insecure") ? { ...files, rejectUnauthorized: false } : files;
}

function pemOf(flag: string, path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  const bytes = readFlagFile(flag, path);
  if (!bytes.includes("-----BEGIN")) {
    throw new UsageError(`${flag} is ${describeValue(path)}, which is no PEM file`);
  }
  return bytes;
}

/** Throws `UsageError` for what cannot be read. */
export function readFlagFile(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
    throw new UsageError(`${flag} is ${describeValue(path)}: ${why}`, { cause: error });
  }
}
