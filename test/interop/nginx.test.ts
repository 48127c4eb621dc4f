import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type ConnectOptions, connect, HandshakeError, type WebSocketServer } from "sluice";
import { makeCertificates } from "../support/certificates.js";
import { hasTool, startProcess } from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";
import { nextMessage, startServer } from "../support/sluice-server.js";

/** The configuration that docs/nginx.md shows, with what differs here in place of what stands there. */
function documentedConfiguration(replacements: Readonly<Record<string, string>>): string {
  const page = readFileSync(projectPath("docs/nginx.md"), "utf8");
  let block = /^```nginx\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? "";
  for (const [written, actual] of Object.entries(replacements)) {
    assert.ok(block.includes(written), `the configuration of docs/nginx.md has ${written}`);
    block = block.replaceAll(written, actual);
  }
  return block;
}

/** What nginx needs around it to run from one folder, in the foreground. */
function wrap(folder: string, servers: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events {}
http {
access_log off;
${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n")}
${servers}
}
`;
}

interface Proxied {
  readonly server: WebSocketServer<{ address: string }>;
  /** The options that lead through nginx to it. */
  readonly through: ConnectOptions;
}

/** A server as docs/nginx.md has it, behind nginx, which listens on a unix socket: its paths are never taken. */
async function startProxied(t: TestContext, isSecure = true): Promise<Proxied> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-nginx-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { server, port } = await startServer<{ address: string }>(
    t,
    {
      upgrade: (request) => ({ context: { address: request.headers.get("x-real-ip") ?? "unknown" } }),
      message: (ws, data) => ws.send(typeof data === "string" ? `${ws.context.address} said ${data}` : data),
      request: () => ({ body: "plain HTTP" }),
    },
    { isSecure },
  );
  const { ca, server: pair } = makeCertificates();
  writeFileSync(join(folder, "cert.pem"), pair.cert);
  writeFileSync(join(folder, "key.pem"), pair.key);
  const socketPath = join(folder, "front.sock");
  const servers = documentedConfiguration({
    "listen 443 ssl": `listen unix:${socketPath} ssl`,
    "127.0.0.1:8080": `127.0.0.1:${port}`,
    "/etc/ssl/chat.example.pem": join(folder, "cert.pem"),
    "/etc/ssl/chat.example.key": join(folder, "key.pem"),
  });
  writeFileSync(join(folder, "nginx.conf"), wrap(folder, servers));
  const nginx = startProcess(t, "nginx", ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"]);
  let failure: string | undefined;
  void nginx.result.then(({ stderr }) => {
    failure = stderr;
  });
  // It writes its number once it listens.
  while (!existsSync(join(folder, "nginx.pid"))) {
    assert.equal(failure, undefined, "nginx runs with the configuration of docs/nginx.md");
    await delay(5);
  }
  return { server, through: { socketPath, tls: { ca } } };
}

const page = { origin: "https://localhost" };

describe("behind nginx, as docs/nginx.md configures it", () => {
  test("messages of any size pass both ways, for a page of the same site", async (t) => {
    if (!hasTool(t, "nginx", ["-v"])) return;
    const { through } = await startProxied(t);
    const ws = await connect("wss://localhost/room", { ...through, ...page, maxMessageBytes: 2 ** 23 });
    ws.send("hello");
    assert.match(String(await nextMessage(ws)), / said hello$/);
    const large = new Uint8Array(1_000_000).fill(7);
    for (let i = 0; i < 5; i++) {
      ws.send(large);
      assert.deepEqual(await nextMessage(ws), large);
    }
    assert.equal((await ws.close(4000)).code, 4000);
  });

  test("what a client writes as X-Real-IP does not arrive", async (t) => {
    if (!hasTool(t, "nginx", ["-v"])) return;
    const { through } = await startProxied(t);
    const ws = await connect("wss://localhost/", { ...through, headers: { "X-Real-IP": "192.0.2.1" } });
    ws.send("hello");
    assert.doesNotMatch(String(await nextMessage(ws)), /192\.0\.2\.1/);
    await ws.close();
  });

  test("pages of other origins stay out, and without isSecure the own ones do, too", async (t) => {
    if (!hasTool(t, "nginx", ["-v"])) return;
    const isForbidden = (error: unknown): boolean => error instanceof HandshakeError && error.status === 403;
    const { through } = await startProxied(t);
    const foreign = { ...through, origin: "https://evil.example" };
    await assert.rejects(connect("wss://localhost/", foreign), isForbidden);
    const unaware = await startProxied(t, false);
    await assert.rejects(connect("wss://localhost/", { ...unaware.through, ...page }), isForbidden);
  });

  test("the server's Close arrives with its code", async (t) => {
    if (!hasTool(t, "nginx", ["-v"])) return;
    const { server, through } = await startProxied(t);
    const ws = await connect("wss://localhost/", through);
    await server.close({ code: 1012, reason: "restarting" });
    const { code, reason, wasClean } = await ws.closed;
    assert.deepEqual({ code, reason, wasClean }, { code: 1012, reason: "restarting", wasClean: true });
  });
});
