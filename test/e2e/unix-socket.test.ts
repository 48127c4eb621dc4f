import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect, createServer, HttpClient, type ServerOptions, TransportError } from "sluice";
import { echo, nextMessage } from "../support/sluice-server.js";

interface After {
  after(hook: () => Promise<void> | void): void;
}

async function listen(t: After, options: ServerOptions = {}, name = "socket") {
  const folder = mkdtempSync(join(tmpdir(), "sluice-unix-"));
  const server = createServer({ ...echo, request: ({ url }) => ({ body: url }) }, options);
  t.after(async () => {
    await server.close({ timeoutMs: 0 });
    rmSync(folder, { recursive: true });
  });
  const path = join(folder, name);
  return { path, server, ...(await server.listen({ path })) };
}

test("a unix socket is listened on, and connected to by its URL", async (t) => {
  const { path, address, port, url } = await listen(t);
  assert.equal(address, path);
  assert.equal(port, 0);
  assert.equal(url, `ws+unix:${path}:/`);
  const ws = await connect(`${url}some/path?query`);
  assert.equal(ws.url, "ws://localhost/some/path?query");
  ws.send("x");
  assert.equal(await nextMessage(ws), "x");
  assert.equal((await ws.close()).wasClean, true);
});

test("the URL that listen answers names the path that is served", async (t) => {
  const { url } = await listen(t, { path: "/chat" });
  await (await connect(url)).close();
});

test("the URL that listen answers leads to a path with any characters, as text and as a URL", async (t) => {
  const { path, url } = await listen(t, {}, "a:c %3A?é#\u{1F600}100%.sock");
  assert.match(url, /^ws\+unix:[!-~]+:\/$/);
  for (const given of [url, new URL(url)]) await (await connect(given)).close();
  await (await connect("ws://localhost/", { socketPath: path })).close();
});

test("a path that begins with two slashes is reached by its URL", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-unix-"));
  const server = createServer(echo);
  t.after(async () => {
    await server.close({ timeoutMs: 0 });
    rmSync(folder, { recursive: true });
  });
  const { url } = await server.listen({ path: `/${folder}/socket` });
  await (await connect(url)).close();
});

test("socketPath connects there, and the URL says what goes into the request", async (t) => {
  const { path, server } = await listen(t);
  const ws = await connect("ws://anything.test/x", { socketPath: path });
  assert.equal([...server.connections][0].request.headers.get("host"), "anything.test");
  assert.equal([...server.connections][0].request.url, "/x");
  await ws.close();
});

test("plain requests go over it too", async (t) => {
  const { path } = await listen(t);
  assert.equal((await new HttpClient({ socketPath: path }).get("http://anything.test/a?b")).text(), "/a?b");
});

test("a socket that is not there is a TransportError", async () => {
  await assert.rejects(connect("ws+unix:/no/such/socket:/"), (error) => {
    assert.ok(error instanceof TransportError);
    assert.equal(error.errno, "ENOENT");
    return true;
  });
});
