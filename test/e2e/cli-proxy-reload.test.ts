// What SIGHUP can change of `sluice proxy` and what it cannot: each is said, and nothing is said that is not so.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createTcpServer } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { connect } from "sluice";
import { makeCertificates } from "../support/certificates.js";
import { hasTool } from "../support/outside-process.js";
import { type ConfigFolder, makeConfigFolder, startProxyProgram } from "../support/proxy-program.js";
import { echo, startServer } from "../support/sluice-server.js";
import type { Program } from "../support/terminal.js";

const listen = "127.0.0.1:0";

/** Reloads it with this config, and answers the lines that it has for that. */
async function reload(program: Program, folder: ConfigFolder, config: object): Promise<string[]> {
  const before = program.stderr.length;
  const count = program.stderr.match(/reloaded: /g)?.length ?? 0;
  folder.write(config);
  program.signal("SIGHUP");
  await program.complained(new RegExp(`(?:reloaded: .*\\n[\\s\\S]*?){${count + 1}}`));
  return program.stderr.slice(before).trimEnd().split("\n");
}

async function takePort(t: TestContext): Promise<number> {
  const holder = createTcpServer().listen(0, "127.0.0.1");
  t.after(() => holder.close());
  await once(holder, "listening");
  return (holder.address() as { port: number }).port;
}

function restart(what: string): string {
  return `! ${what} takes a restart, as by SIGUSR2`;
}

describe("a reload of sluice proxy", () => {
  test("says again and again what takes a restart, until it is taken back", async (t) => {
    const { url: to } = await startServer(t, echo);
    const folder = makeConfigFolder(t, { listen, to });
    const { program } = await startProxyProgram(t, "--config", folder.file);
    const options = { to, transport: "node", maxHeadBytes: 5000, requestTimeoutMs: 5000 };
    const later = restart("the new transport");
    assert.deepEqual(await reload(program, folder, { listen, ...options }), [
      later,
      "reloaded: maxHeadBytes changed; requestTimeoutMs changed",
    ]);
    assert.deepEqual(await reload(program, folder, { listen, ...options, maxClients: 5 }), [
      later,
      "reloaded: maxClients changed",
    ]);
    assert.deepEqual(await reload(program, folder, { listen, to, transport: "auto" }), [
      "reloaded: maxHeadBytes changed; requestTimeoutMs changed; maxClients changed",
    ]);
  });

  test("says which listener cannot be changed while it listens", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { server } = makeCertificates();
    const { url: to } = await startServer(t, echo);
    const place = { port: 0, host: "127.0.0.1" };
    const tls = { certificates: [{ cert: "cert.pem", key: "key.pem" }] };
    const folder = makeConfigFolder(t, { listen: place, to });
    folder.writeFile("cert.pem", server.cert);
    folder.writeFile("key.pem", server.key);
    const { program } = await startProxyProgram(t, "--config", folder.file);
    const trustedProxies = ["127.0.0.1"];
    for (const [config, what, change] of [
      [{ listen: { ...place, tls } }, "TLS on", "nothing has changed"],
      [
        { listen: { ...place, proxyProtocol: true }, trustedProxies },
        "the new proxyProtocol of",
        "trustedProxies changed",
      ],
      [{ listen: { ...place, reusePort: true } }, "the new reusePort of", "trustedProxies changed"],
    ] as const) {
      const told = await reload(program, folder, { to, ...config });
      // Not every Node.js shares ports, which is another test's.
      const changes = told.filter((line) => !line.includes("warning: reusePort cannot be had"));
      assert.deepEqual(changes, [restart(`${what} 127.0.0.1:0`), `reloaded: ${change}`]);
    }
    assert.deepEqual(await reload(program, folder, { listen: place, to }), ["reloaded: nothing has changed"]);
  });

  test("keeps those whose PROXY headers a listener takes, for it would cut everybody else", async (t) => {
    const { url: to } = await startServer(t, echo);
    const place = { port: 0, host: "127.0.0.1" };
    const trustedProxies = ["127.0.0.1"];
    const folder = makeConfigFolder(t, { listen: { ...place, proxyProtocol: true }, to, trustedProxies });
    const { program, url } = await startProxyProgram(t, "--config", folder.file);
    const [line, outcome] = await reload(program, folder, { listen: place, to });
    assert.ok(line.startsWith(`! proxyProtocol of the listener at ${url} needs trustedProxies, `), line);
    assert.match(outcome, /^! not reloaded: /);
    assert.deepEqual(await reload(program, folder, { listen: place, to, trustedProxies: ["127.0.0.2"] }), [
      restart("the new proxyProtocol of 127.0.0.1:0"),
      "reloaded: trustedProxies changed",
    ]);
  });

  test("knows a listener again that was left out meanwhile, and shows its new certificate", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { server, second, ca } = makeCertificates();
    const { url: to } = await startServer(t, echo);
    const tls = { certificates: [{ cert: "cert.pem", key: "key.pem" }] };
    const both = [listen, { port: 0, host: "127.0.0.2", tls }];
    const folder = makeConfigFolder(t, { listen: both, to });
    const use = ({ cert, key }: typeof server): void => {
      folder.writeFile("cert.pem", cert);
      folder.writeFile("key.pem", key);
    };
    use(server);
    const { program } = await startProxyProgram(t, "--config", folder.file);
    const [url] = await program.printed(/^wss:.*$/m);
    assert.deepEqual(await reload(program, folder, { listen, to }), [
      restart("to stop listening on 127.0.0.2:0"),
      "reloaded: nothing has changed",
    ]);
    assert.deepEqual(await reload(program, folder, { listen: both, to }), ["reloaded: nothing has changed"]);
    await reload(program, folder, { listen, to });
    use(second);
    assert.deepEqual(await reload(program, folder, { listen: both, to }), [
      "reloaded: certificates of 127.0.0.2:0 changed",
    ]);
    await (await connect(url, { tls: { ca, servername: "second.test" } })).close();
    assert.equal(program.stdout.match(/^ws/gm)?.length, 2);
  });

  test("claims no place that it could not have, and tries again", async (t) => {
    const { url: to } = await startServer(t, echo);
    const folder = makeConfigFolder(t, { listen, to });
    const { program } = await startProxyProgram(t, "--config", folder.file);
    const taken = `127.0.0.1:${await takePort(t)}`;
    for (let i = 0; i < 2; i++)
      assert.deepEqual(await reload(program, folder, { listen: [listen, taken], to }), [
        `! cannot listen on ${taken}: something else listens there (EADDRINUSE); end that, or take another port`,
        "reloaded: nothing has changed",
      ]);
  });

  test("moves the admin port, and leaves it where it is when the new place is taken", async (t) => {
    const { url: to } = await startServer(t, echo);
    const folder = makeConfigFolder(t, { listen, to, admin: 0 });
    const { program } = await startProxyProgram(t, "--config", folder.file);
    const [, first] = await program.complained(/^admin port on (http:\S+)$/m);
    const taken = `127.0.0.1:${await takePort(t)}`;
    const refused = await reload(program, folder, { listen, to, admin: taken });
    assert.equal(
      refused[0],
      `! the admin port stays on ${first}: cannot listen on ${taken}, the admin port: something else listens there (EADDRINUSE); end that, or take another port`,
    );
    assert.equal(refused[1], "reloaded: nothing has changed");
    assert.equal((await fetch(`${first}readyz`)).status, 200);
    // The same port by another name of its host: the old one has to go first.
    const { port } = new URL(first);
    assert.deepEqual(await reload(program, folder, { listen, to, admin: `localhost:${port}` }), [
      `admin port on ${first}`,
      "reloaded: admin port changed",
    ]);
    const moved = await reload(program, folder, { listen, to, admin: "127.0.0.2:0" });
    assert.equal(moved[1], "reloaded: admin port changed");
    const [, second] = await program.complained(/^admin port on (http:\/\/127\.0\.0\.2:\S+)$/m);
    assert.equal((await fetch(`${second}readyz`)).status, 200);
    await assert.rejects(fetch(`${first}readyz`));
    assert.deepEqual(await reload(program, folder, { listen, to }), ["reloaded: admin port changed"]);
    await assert.rejects(fetch(`${second}readyz`));
  });

  test("lets a listener have the place that the admin port leaves, at once", async (t) => {
    const { url: to } = await startServer(t, echo);
    const folder = makeConfigFolder(t, { listen, to, admin: 0 });
    const { program } = await startProxyProgram(t, "--config", folder.file);
    const [, first] = await program.complained(/^admin port on (http:\S+)$/m);
    const place = new URL(first).host;
    const moved = await reload(program, folder, { listen: [listen, place], to, admin: "127.0.0.2:0" });
    assert.deepEqual(moved.slice(1), [`reloaded: listening on ${place} too; admin port changed`]);
    assert.match(moved[0], /^admin port on http:\/\/127\.0\.0\.2:\d+\/$/);
    await (await connect(`ws://${place}`)).close();
  });

  test("lets a listener have the place of an admin port that there is no more", async (t) => {
    const { url: to } = await startServer(t, echo);
    const folder = makeConfigFolder(t, { listen, to, admin: 0 });
    const { program } = await startProxyProgram(t, "--config", folder.file);
    const [, first] = await program.complained(/^admin port on (http:\S+)$/m);
    const place = new URL(first).host;
    assert.deepEqual(await reload(program, folder, { listen: [listen, place], to }), [
      `reloaded: listening on ${place} too; admin port changed`,
    ]);
    await (await connect(`ws://${place}`)).close();
  });

  test("gives a new access log the connections too that were open before", async (t) => {
    const { url: to } = await startServer(t, echo);
    const folder = makeConfigFolder(t, { listen, to });
    const { program, url } = await startProxyProgram(t, "--config", folder.file);
    const ws = await connect(`${url}/before`);
    assert.deepEqual(
      (await reload(program, folder, { listen, to, accessLog: "access.log" })).at(-1),
      "reloaded: access log changed",
    );
    await ws.close();
    await program.complained(/^#1 - /m);
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
    assert.equal(JSON.parse(folder.readFile("access.log")).url, "/before");
  });
});
