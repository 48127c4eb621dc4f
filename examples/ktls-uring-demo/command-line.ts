// What the demo was asked for: its options, or in one sentence why they cannot be used.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

export const usage = `Usage: node build/examples/ktls-uring-demo/demo.js [OPTION]...

Sends one WebSocket message over TLS, waits for it to come back, makes one HTTPS request, and says what carried them.
Without --url it talks to a server of its own, for which the openssl program makes a certificate.

  --url wss://HOST:PORT/PATH  a server that sends back what it gets
  --ca FILE                   with --url: the certificate of the authority to trust, PEM
  --message TEXT              what to send (Hello from io_uring)
  --transport uring           fail where there is no io_uring; without this, say so and take Node's sockets
  --transport node            take Node's sockets
  --wait SECONDS              how long the server has to answer (5)
  --help                      show this
`;

export type Carrier = "uring" | "node";

export interface Wishes {
  /** Of a server that runs already. */
  readonly url: URL | undefined;
  readonly ca: string | undefined;
  readonly message: string;
  readonly transport: Carrier | undefined;
  readonly waitMs: number;
  readonly isHelpWanted: boolean;
}

/** The demo cannot do what it was asked for. */
export class UsageError extends Error {}

const options = {
  url: { type: "string" },
  ca: { type: "string" },
  message: { type: "string", default: "Hello from io_uring" },
  transport: { type: "string" },
  wait: { type: "string", default: "5" },
  help: { type: "boolean", default: false },
} as const;

/** Throws `UsageError`. */
export function parseCommandLine(): Wishes {
  const { url, ca, message, transport, wait, help } = readOptions();
  if (ca !== undefined && url === undefined)
    throw new UsageError("--ca is for a server that --url names; the demo's own is trusted already");
  return {
    url: url === undefined ? undefined : parseUrl(url),
    ca: ca === undefined ? undefined : readCertificate(ca),
    message,
    transport: transport === undefined ? undefined : parseTransport(transport),
    waitMs: parseSeconds(wait) * 1000,
    isHelpWanted: help,
  };
}

function readOptions(): ReturnType<typeof parseArgs<{ options: typeof options }>>["values"] {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    // After the first sentence, Node goes on about how dashes are escaped.
    const [sentence] = (error as Error).message.split(/\.?\s*\n|\. /, 1);
    throw new UsageError(sentence, { cause: error });
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "wss:") return url;
  throw new UsageError(`--url takes wss://HOST:PORT/PATH, for this is about TLS, and not ${quote(text)}`);
}

function parseTransport(name: string): Carrier {
  if (name === "uring" || name === "node") return name;
  throw new UsageError(`--transport takes uring or node, and not ${quote(name)}`);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 3600) return seconds;
  throw new UsageError(`--wait takes seconds, more than 0 and up to 3600, and not ${quote(text)}`);
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`--ca cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function quote(text: string): string {
  return JSON.stringify(text);
}
