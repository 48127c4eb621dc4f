import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, renameSync } from "node:fs";
import { describe, type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { connect, type ServerHandlers } from "sluice";
import { makeCertificates } from "../support/certificates.js";
import { hasTool } from "../support/outside-process.js";
import { expectSuccessor, makeConfigFolder, startProxyProgram } from "../support/proxy-program.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";

const listen = "127.0.0.1:0";

async function startNamed(t: TestContext, name: string): Promise<string> {
  const handlers: ServerHandlers = { message: (ws, data) => ws.send(`${name}: ${data}`) };
  return (await startServer(t, handlers)).url;
}

/** Sends text over an open connection, and answers what comes back. */
async function ask(ws: Awaited<ReturnType<typeof connect>>, text: string): Promise<string | Uint8Array> {
  ws.send(text);
  return nextMessage(ws);
}

describe("sluice proxy at SIGHUP", () => {
  test("routes new connections by the new config, and leaves those that are open", async (t) => {
    const [a, b] = [await startNamed(t, "a"), await startNamed(t, "b")];
    const folder = makeConfigFolder(t, { listen, to: a });
    const { program, url } = await startProxyProgram(t, "--config", folder.file);
    const old = await connect(url);
    assert.equal(await ask(old, "1"), "a: 1");
    folder.write({ listen, to: b, maxClients: 10 });
    program.signal("SIGHUP");
    await program.complained(/^reloaded: to changed; maxClients changed$/m);
    const fresh = await connect(url);
    assert.equal(await ask(fresh, "2"), "b: 2");
    assert.equal(await ask(old, "3"), "a: 3");
    program.signal("SIGHUP");
    await program.complained(/^reloaded: nothing has changed$/m);
    await Promise.all([old.close(), fresh.close()]);
  });

  test("says what is wrong with the new config, and goes on as before", async (t) => {
    const folder = makeConfigFolder(t, { listen, to: await startNamed(t, "a") });
    const { program, url } = await startProxyProgram(t, "--config", folder.file);
    const ws = await connect(url);
    folder.write({ listen, to: "nowhere", mod: "inspect" });
    program.signal("SIGHUP");
    await program.complained(/^! not reloaded/m);
    assert.match(program.stderr, /^\S+proxy\.json:3:9: to "nowhere" has no scheme; write "ws:\/\/nowhere"$/m);
    assert.match(
      program.stderr,
      /^\S+proxy\.json:4:3: "mod" means nothing in the config; did you mean "mode"\?$/m,
    );
    assert.equal(await ask(ws, "1"), "a: 1");
    const fresh = await connect(url);
    assert.equal(await ask(fresh, "2"), "a: 2");
    await Promise.all([ws.close(), fresh.close()]);
  });

  test("listens in a new place, opens an admin port, and says what takes a restart", async (t) => {
    const to = await startNamed(t, "a");
    const folder = makeConfigFolder(t, { listen, to });
    const { program, url } = await startProxyProgram(t, "--config", folder.file);
    folder.write({ listen: ["[::1]:0"], to, admin: 0, transport: "node" });
    program.signal("SIGHUP");
    await program.complained(/^admin port on http/m);
    await program.complained(/^reloaded: listening on \[::1\]:0 too; admin port changed$/m);
    await program.complained(/^! to stop listening on 127\.0\.0\.1:0 and the new transport take a restart/m);
    const [, second] = await program.printed(/\n(ws:\S+)\n/);
    for (const place of [url, second]) await (await connect(place)).close();
  });

  test("warns of what a config may not mean, at the start and when it is reloaded", async (t) => {
    const to = await startNamed(t, "a");
    const config = { listen, to, requestHeaders: { "X-Real-IP": "$remote_addr" } };
    const folder = makeConfigFolder(t, config);
    const { program } = await startProxyProgram(t, "--config", folder.file);
    await program.complained(/:5:18: warning: X-Real-IP has "\$remote_addr", /);
    folder.write({ ...config, requestHeaders: { "X-Host": "$host" } });
    program.signal("SIGHUP");
    await program.complained(/:5:15: warning: X-Host has "\$host", /);
  });

  test("opens the access log anew, for who has moved it away", async (t) => {
    const folder = makeConfigFolder(t, { listen, to: await startNamed(t, "a"), accessLog: "access.log" });
    const { program, url } = await startProxyProgram(t, "--config", folder.file, "-v");
    await (await connect(`${url}/first`)).close();
    await program.complained(/^#1 - /m);
    renameSync(folder.path("access.log"), folder.path("access.log.1"));
    program.signal("SIGHUP");
    await program.complained(/^reloaded/m);
    assert.ok(existsSync(folder.path("access.log")));
    await (await connect(`${url}/second`)).close();
    await program.complained(/^#2 - /m);
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
    assert.equal(JSON.parse(folder.readFile("access.log.1")).url, "/first");
    assert.equal(JSON.parse(folder.readFile("access.log")).url, "/second");
  });

  test("reloads nothing when one part of it cannot be", async (t) => {
    const [a, b] = [await startNamed(t, "a"), await startNamed(t, "b")];
    const folder = makeConfigFolder(t, { listen, to: a, accessLog: "access.log" });
    const { program, url } = await startProxyProgram(t, "--config", folder.file);
    folder.write({ listen, to: b, accessLog: "no/such/folder" });
    program.signal("SIGHUP");
    await program.complained(/accessLog "no\/such\/folder" cannot be made, .*\n! not reloaded/m);
    const ws = await connect(`${url}/here`);
    assert.equal(await ask(ws, "1"), "a: 1");
    await ws.close();
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
    assert.equal(JSON.parse(folder.readFile("access.log")).url, "/here");
  });

  test("changes no certificate when one of those of another listener cannot be used", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { server, second, client: nameless } = makeCertificates();
    const folder = makeConfigFolder(t, {});
    for (const [name, { cert, key }] of Object.entries({ server, second, nameless })) {
      folder.writeFile(`${name}.crt`, cert);
      folder.writeFile(`${name}.key`, key);
    }
    const pair = (name: string): object => ({ cert: `${name}.crt`, key: `${name}.key` });
    const listening = (host: string, ...names: string[]): object => ({
      port: 0,
      host,
      tls: { certificates: names.map(pair) },
    });
    const to = await startNamed(t, "a");
    folder.write({ listen: [listening("127.0.0.1", "server"), listening("127.0.0.2", "server")], to });
    const { program, url } = await startProxyProgram(t, "--config", folder.file);
    folder.write({
      listen: [listening("127.0.0.1", "second"), listening("127.0.0.2", "server", "nameless")],
      to,
    });
    program.signal("SIGHUP");
    await program.complained(
      /^\S+proxy\.json:\d+:\d+: tls\.certificates\[1\] names no host.*\n! not reloaded/m,
    );
    const { port, hostname: host } = new URL(url);
    const socket = connectTls({ port: Number(port), host, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    assert.equal(socket.getPeerCertificate().subject.CN, "localhost");
    socket.destroy();
  });

  test("takes the rest of a config of which one place to listen is taken", async (t) => {
    const [a, b] = [await startServer(t, echo), await startNamed(t, "b")];
    const folder = makeConfigFolder(t, { listen, to: a.url });
    const { program, url } = await startProxyProgram(t, "--config", folder.file);
    folder.write({ listen: [listen, `127.0.0.1:${a.port}`], to: b });
    program.signal("SIGHUP");
    await program.complained(/^! cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/m);
    await program.complained(/^reloaded: /m);
    const ws = await connect(url);
    assert.equal(await ask(ws, "1"), "b: 1");
    await ws.close();
  });

  test("shows new clients the certificates of now, and keeps what is open", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { ca, server, second } = makeCertificates();
    const tls = { certificates: [{ cert: "cert.pem", key: "key.pem" }] };
    const folder = makeConfigFolder(t, {
      listen: { port: 0, host: "127.0.0.1", tls },
      to: await startNamed(t, "a"),
    });
    const use = ({ cert, key }: typeof server): void => {
      folder.writeFile("cert.pem", cert);
      folder.writeFile("key.pem", key);
    };
    use(server);
    const { program, url } = await startProxyProgram(t, "--config", folder.file);
    assert.match(url, /^wss:/);
    const old = await connect(url, { tls: { ca } });
    use(second);
    program.signal("SIGHUP");
    await program.complained(/^reloaded: certificates of 127\.0\.0\.1:0 changed$/m);
    const fresh = await connect(url, { tls: { ca, servername: "second.test" } });
    await assert.rejects(connect(url, { tls: { ca } }));
    assert.equal(await ask(fresh, "1"), "a: 1");
    assert.equal(await ask(old, "2"), "a: 2");
    await Promise.all([old.close(), fresh.close()]);
  });

  test("reads the files of its flags again where it has no config", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { server, second } = makeCertificates();
    const folder = makeConfigFolder(t, {});
    folder.writeFile("cert.pem", `${server.cert}\n${server.key}`);
    const args = ["--listen", listen, "--to", "ws://127.0.0.1:1", "--cert", folder.path("cert.pem")];
    const { program } = await startProxyProgram(t, ...args);
    folder.writeFile("cert.pem", `${second.cert}\n${second.key}`);
    program.signal("SIGHUP");
    await program.complained(/^reloaded: certificates of 127\.0\.0\.1:0 changed$/m);
    folder.writeFile("cert.pem", "nothing");
    program.signal("SIGHUP");
    await program.complained(/^! --cert ".*" is no PEM file/m);
    await program.complained(/^! not reloaded/m);
  });
});

describe("sluice proxy at SIGUSR2", () => {
  test("hands its listeners to a new process, and ends with its last connection", async (t) => {
    const [a, b] = [await startNamed(t, "a"), await startNamed(t, "b")];
    const successorOf = expectSuccessor(t);
    const folder = makeConfigFolder(t, { listen, to: a, admin: 0 });
    const { program, url } = await startProxyProgram(t, "--config", folder.file);
    const ended = once(program.child, "exit");
    const old = await connect(url);
    folder.write({ listen, to: b, admin: 0 });
    program.signal("SIGUSR2");
    const successor = await successorOf(program);
    await program.complained(/; this one ends when nothing is left of 1 connection$/m);
    const [, again] = await program.printed(/^ws:.*\n(ws:.*)\n/m);
    assert.equal(again, url);
    const fresh = await connect(url);
    assert.equal(await ask(fresh, "1"), "b: 1");
    assert.equal(await ask(old, "2"), "a: 2");
    assert.equal(program.child.exitCode, null);
    program.signal("SIGHUP");
    await program.complained(/^! not reloaded: this process does not listen any more$/m);
    program.signal("SIGUSR2");
    await program.complained(/^! nothing is handed over: this process does not listen any more$/m);
    await old.close();
    assert.deepEqual(await ended, [0, null]);
    assert.equal(await ask(fresh, "3"), "b: 3");
    process.kill(successor, "SIGTERM");
    assert.equal((await fresh.closed).code, 1012);
    await program.ended;
  });

  test("goes on when the new process cannot start", async (t) => {
    const folder = makeConfigFolder(t, { listen, to: await startNamed(t, "a"), admin: 0 });
    const { program, url } = await startProxyProgram(t, "--config", folder.file);
    const old = await connect(url);
    folder.write({ listen, to: 1 });
    program.signal("SIGUSR2");
    await program.complained(
      /^! .*did not take over: it ended before it was ready, with status 2; this process goes on$/m,
    );
    assert.match(program.stderr, /^\S+proxy\.json:3:9: to is 1; /m);
    const fresh = await connect(url);
    assert.equal(await ask(fresh, "1"), "a: 1");
    assert.equal(await ask(old, "2"), "a: 2");
    await Promise.all([old.close(), fresh.close()]);
  });

  test("drains what lingers longer than it may", async (t) => {
    const successorOf = expectSuccessor(t);
    const folder = makeConfigFolder(t, {
      listen,
      to: await startNamed(t, "a"),
      drain: { lingerMs: 50, code: 1001 },
    });
    const { program, url } = await startProxyProgram(t, "--config", folder.file);
    const ended = once(program.child, "exit");
    const old = await connect(url);
    program.signal("SIGUSR2");
    const successor = await successorOf(program);
    assert.equal((await old.closed).code, 1001);
    assert.deepEqual(await ended, [0, null]);
    process.kill(successor, "SIGTERM");
    await program.ended;
  });
});
