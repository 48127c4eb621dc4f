// What the demo talks to when it is given no URL: an echo and a page, behind a certificate that openssl makes for it.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "sluice";

interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface RunningServer {
  readonly url: URL;
  /** The certificate, which is its own authority. */
  readonly ca: string;
  close(): Promise<void>;
}

function makeKeyPair(): KeyPair {
  const folder = mkdtempSync(join(tmpdir(), "sluice-demo-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  try {
    execFileSync("openssl", ["req", "-x509", ...kind, ...name, "-keyout", key, "-out", cert], {
      stdio: "pipe",
    });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } catch (error) {
    const text = "openssl could not make a certificate; name a server with --url instead";
    throw new Error(text, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Listens on a free port of this machine. */
export async function startServer(transport: "uring" | "node"): Promise<RunningServer> {
  const tls = makeKeyPair();
  const server = createServer(
    (request) =>
      request.type === "websocket" ? request.data : { status: 200, body: "A page of the demo's.\n" },
    { transport, tls },
  );
  const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
  return {
    url: new URL(`wss://localhost:${port}/`),
    ca: tls.cert,
    close: () => server.close({ timeoutMs: 0 }),
  };
}
