// The server that docs/migrating-from-nginx.md has in both, as nginx and as our proxy, asked what its table asks.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as requestInTheOpen } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connect, HandshakeError } from "sluice";
import { makeCertificates } from "../support/certificates.js";
import { startSluice } from "../support/command-line.js";
import { hasTool, startProcess } from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";
import { nextMessage, startServer } from "../support/sluice-server.js";

const page = readFileSync(projectPath("docs/migrating-from-nginx.md"), "utf8");
const host = "chat.example.com";

/** A block of the page, with what differs here in place of what stands there. */
function block(language: string, replacements: Readonly<Record<string, string>>): string {
  let found = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page)?.[1] ?? "";
  for (const [written, actual] of Object.entries(replacements)) {
    assert.ok(found.includes(written), `the ${language} of the page has ${written}`);
    found = found.replaceAll(written, actual);
  }
  return found;
}

async function startUpstreams(t: TestContext): Promise<Readonly<Record<string, string>>> {
  const start = (name: string) =>
    startServer(
      t,
      {
        message: (ws) => ws.send(`${name} ${ws.request.url}`),
        request: ({ url, headers }) => ({ body: `${name} ${url} for ${headers.get("x-forwarded-for")}` }),
      },
      { isSecure: true },
    );
  const [one, two, api] = [await start("chat"), await start("chat"), await start("api")];
  return {
    "127.0.0.1:3000": `127.0.0.1:${one.port}`,
    "127.0.0.1:3001": `127.0.0.1:${two.port}`,
    "127.0.0.1:4000": `127.0.0.1:${api.port}`,
  };
}

/** What a path is answered with: the status, and the body or where it leads. */
async function get(socketPath: string, path: string, name = host, ask = request): Promise<string> {
  const options = { socketPath, path, headers: { Host: name }, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const asked = ask({ ...options, agent: false }, async (response) => {
      const body = await text(response);
      const told = response.statusCode === 200 ? body : (response.headers.location ?? "");
      resolve(`${response.statusCode} ${told}`.trim());
    });
    asked.on("error", reject).end();
  });
}

/** The same for a page of an origin that opens a WebSocket. */
async function open(socketPath: string, path: string, origin = `https://${host}`): Promise<string> {
  const tls = { rejectUnauthorized: false };
  try {
    const ws = await connect(`wss://${host}${path}`, { socketPath, tls, origin });
    ws.send("hello");
    const answer = String(await nextMessage(ws));
    await ws.close();
    return answer;
  } catch (error) {
    if (error instanceof HandshakeError) return String(error.status);
    throw error;
  }
}

async function answers(socketPath: string, openPath: string): Promise<Readonly<Record<string, string>>> {
  const withoutAddress = (answer: string): string => answer.replace(/ for \S*$/, "");
  const asked = ["/api/v1?q=1", "/api/", "/api", "/apix"].map(async (path) => [
    path,
    withoutAddress(await get(socketPath, path)),
  ]);
  return {
    ...Object.fromEntries(await Promise.all(asked)),
    "own page": await open(socketPath, "/chat"),
    "below it": await open(socketPath, "/chat/room"),
    "foreign page": await open(socketPath, "/chat", "https://evil.example"),
    "/chatter": await open(socketPath, "/chatter"),
    dots: withoutAddress(await get(socketPath, "/api/../chat")),
    "another host": withoutAddress(await get(socketPath, "/api/v1", "other.example.com")),
    "without TLS": await get(openPath, "/chat?room=7", `${host}:80`, requestInTheOpen),
  };
}

const common = {
  "/api/v1?q=1": "200 api /v1?q=1",
  "/api/": "200 api /",
  "/apix": "404",
  "own page": "chat /chat",
  "below it": "chat /chat/room",
  "foreign page": "403",
  "without TLS": `301 https://${host}/chat?room=7`,
};

test("the server of docs/migrating-from-nginx.md answers as its table says, by nginx and by our proxy", async (t) => {
  if (!hasTool(t, "nginx", ["-v"]) || !hasTool(t, "openssl", ["version"])) return;
  const folder = mkdtempSync(join(tmpdir(), "sluice-migration-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { server } = makeCertificates();
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(cert, server.cert);
  writeFileSync(key, server.key);
  const files = { ...(await startUpstreams(t)), "tls/cert.pem": cert, "tls/key.pem": key };

  const [nginxPath, nginxOpenPath] = [join(folder, "nginx.sock"), join(folder, "nginx-open.sock")];
  const servers = block("nginx", {
    ...files,
    "listen 80": `listen unix:${nginxOpenPath}`,
    "listen 443 ssl": `listen unix:${nginxPath} ssl`,
    "access_log access.log": `access_log ${join(folder, "nginx.log")}`,
  });
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const main = `daemon off; master_process off; pid ${folder}/nginx.pid; events {}`;
  writeFileSync(join(folder, "nginx.conf"), `${main}\nhttp {\n${temporary.join("\n")}\n${servers}\n}\n`);
  const nginx = startProcess(t, "nginx", ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"]);
  let failure: string | undefined;
  void nginx.result.then(({ stderr }) => {
    failure = stderr;
  });
  // It writes its number once it listens.
  while (!existsSync(join(folder, "nginx.pid"))) {
    assert.equal(failure, undefined, "nginx runs with the configuration of the page");
    await delay(5);
  }
  assert.deepEqual(await answers(nginxPath, nginxOpenPath), {
    ...common,
    "/api": `301 https://${host}/api/`,
    "/chatter": "chat /chatter",
    dots: "200 chat /api/../chat",
    "another host": "200 api /v1",
  });

  const [ownPath, ownOpenPath] = [join(folder, "own.sock"), join(folder, "own-open.sock")];
  const config = block("json", {
    ...files,
    '"listen": [80': `"listen": [${JSON.stringify(`unix:${ownOpenPath}`)}`,
    '"port": 443': `"path": ${JSON.stringify(ownPath)}`,
  });
  writeFileSync(join(folder, "proxy.json"), config);
  await startSluice(t, ["proxy", "--config", join(folder, "proxy.json"), "-v"]).complained(/^proxying/m);
  assert.deepEqual(await answers(ownPath, ownOpenPath), {
    ...common,
    "/api": "200 api /",
    "/chatter": "404",
    dots: "404",
    "another host": "404",
  });
});
