// The admin port of a proxy: metrics, health, lists, and who may ask.

import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect as connectTcp } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { connect, HandshakeError } from "sluice";
import type { ConnectionList } from "#src/proxy/admin/connection-list.js";
import type { RouteView } from "#src/proxy/admin/proxy-view.js";
import {
  type Admin,
  createProxy,
  type ProxyOptions,
  type ReverseProxy,
  startAdmin,
} from "#src/proxy/index.js";
import { openRaw, RawPeer } from "../support/raw-client.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";
import { headOf } from "../support/wire.js";

async function startProxy(
  t: TestContext,
  options: Omit<ProxyOptions, "to"> = {},
): Promise<{ proxy: ReverseProxy; url: string; admin: string; upstream: string; running: Admin }> {
  const upstream = (await startServer(t, { ...echo, request: () => ({ body: "hello" }) })).url;
  const proxy = createProxy({ name: "echo", ...options, to: upstream });
  t.after(() => proxy.close({ timeoutMs: 0 }));
  const { url } = await proxy.listen({ port: 0, host: "127.0.0.1" });
  const running = await startAdmin(proxy, { port: 0 });
  t.after(() => running.close());
  return { proxy, url, admin: running.url, upstream, running };
}

async function sampleOf(admin: string, sample: string): Promise<number | undefined> {
  const text = await (await fetch(`${admin}metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length));
}

async function listOf<List>(url: string): Promise<List> {
  return (await (await fetch(url)).json()) as List;
}

/** Asks under another name than the one connected to. */
function askAs(
  admin: string,
  host: string,
  headers: Record<string, string> = {},
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(`${admin}metrics`, { headers: { Host: host, ...headers } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

describe("the admin port of a proxy", () => {
  for (const mode of ["relay", "inspect"] as const) {
    test(`counts what passes in mode ${mode}, while it passes and after`, async (t) => {
      const { url, admin, upstream } = await startProxy(t, { mode });
      const labels = `{route="echo",mode="${mode}"}`;
      const sentByClient = `sluice_proxy_messages_total{route="echo",mode="${mode}",from="client"}`;
      const ws = await connect(`${url}/room`);
      ws.send("hello");
      await nextMessage(ws);
      assert.equal(await sampleOf(admin, `sluice_proxy_connections_open${labels}`), 1);
      assert.equal(await sampleOf(admin, `sluice_proxy_connections_total${labels}`), 1);
      assert.equal(await sampleOf(admin, sentByClient), 1);
      assert.equal(
        await sampleOf(admin, `sluice_proxy_upstream_active{route="echo",upstream="${upstream}"}`),
        1,
      );
      assert.equal(await sampleOf(admin, `sluice_proxy_upstream_handshake_seconds_count${labels}`), 1);
      const list = await listOf<ConnectionList>(`${admin}api/connections`);
      const [{ since, client, ...shown }] = list.connections;
      assert.deepEqual([list.open, list.matching, client], [1, 1, "127.0.0.1"]);
      assert.ok(Math.abs(Date.parse(since) - Date.now()) < 60_000);
      assert.deepEqual(
        [shown.route, shown.mode, shown.url, shown.upstream, shown.messagesReceived, shown.messagesSent],
        ["echo", mode, "/room", upstream, 1, 1],
      );
      await ws.close();
      assert.equal(await (await fetch(url.replace("ws", "http"))).text(), "hello");
      while ((await sampleOf(admin, `sluice_proxy_connections_open${labels}`)) !== 0);
      assert.equal(await sampleOf(admin, `sluice_proxy_connections_total${labels}`), 1);
      assert.equal(await sampleOf(admin, sentByClient), 1);
      const plain = `sluice_proxy_requests_total{route="echo",mode="${mode}",kind="http",code="2xx"}`;
      assert.equal(await sampleOf(admin, plain), 1);
    });
  }

  test("never counts back when the configuration is loaded again", async (t) => {
    const { proxy, url, admin, upstream } = await startProxy(t);
    const ws = await connect(url);
    ws.send("hello");
    await nextMessage(ws);
    proxy.reload({ name: "echo", to: upstream });
    await ws.close();
    const opened = 'sluice_proxy_connections_total{route="echo",mode="relay"}';
    assert.equal(await sampleOf(admin, opened), 1);
  });

  test("has the series of every route, and of what no route has, before anything has come", async (t) => {
    const { proxy, admin, upstream } = await startProxy(t);
    proxy.reload({
      routes: [
        { name: "echo", path: "/a", to: upstream },
        { name: "more", mode: "inspect", to: upstream },
      ],
    });
    for (const labels of ['route="echo",mode="relay"', 'route="more",mode="inspect"', 'route="",mode=""']) {
      const requests = `sluice_proxy_requests_total{${labels}`;
      for (const series of [
        ...["0xx", "1xx", "3xx", "4xx", "5xx"].map((code) => `${requests},kind="websocket",code="${code}"}`),
        ...["0xx", "2xx", "3xx", "4xx", "5xx"].map((code) => `${requests},kind="http",code="${code}"}`),
        ...["client", "upstream"].map((from) => `sluice_proxy_bytes_total{${labels},from="${from}"}`),
        `sluice_proxy_connections_open{${labels}}`,
        `sluice_proxy_connections_total{${labels}}`,
        `sluice_proxy_requests_active{${labels}}`,
      ])
        assert.equal(await sampleOf(admin, series), 0, series);
    }
    const ofUpstream = `{route="more",upstream="${upstream}"}`;
    for (const name of ["requests", "failures", "ejections", "checks", "checks_failed"])
      assert.equal(await sampleOf(admin, `sluice_proxy_upstream_${name}_total${ofUpstream}`), 0, name);
  });

  test("counts requests that no route has", async (t) => {
    const { url, admin } = await startProxy(t, { pathPrefix: "/only" });
    assert.equal((await fetch(url.replace("ws", "http"))).status, 404);
    const missed = 'sluice_proxy_requests_total{route="",mode="",kind="http",code="4xx"}';
    assert.equal(await sampleOf(admin, missed), 1);
  });

  test("counts requests that are refused before a route is looked for", async (t) => {
    const { url, admin } = await startProxy(t);
    const upgrade = ["Host: a", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 12"];
    for (const [kind, head] of [
      ["http", headOf("GET / HTTP/1.1")],
      ["http", "no HTTP at all\r\n\r\n"],
      ["websocket", headOf("GET / HTTP/1.1", ...upgrade)],
    ] as const) {
      const sample = `sluice_proxy_requests_total{route="",mode="",kind="${kind}",code="4xx"}`;
      const before = (await sampleOf(admin, sample)) ?? 0;
      const client = await openRaw(t, { port: Number(new URL(url).port) });
      client.write(head);
      await client.readHead();
      assert.equal(await sampleOf(admin, sample), before + 1, head);
    }
  });

  test("lives while the process does, and is ready until the proxy closes", async (t) => {
    const { proxy, admin } = await startProxy(t);
    const statusOf = async (path: string): Promise<number> => (await fetch(`${admin}${path}`)).status;
    assert.deepEqual([await statusOf("healthz"), await statusOf("readyz")], [200, 200]);
    await proxy.close();
    assert.deepEqual([await statusOf("healthz"), await statusOf("readyz")], [200, 503]);
  });

  test("is not ready once the proxy has left, until it listens again", async (t) => {
    const { proxy, url, admin } = await startProxy(t);
    const ws = await connect(url);
    const statusOf = async (path: string): Promise<number> => (await fetch(`${admin}${path}`)).status;
    const left = proxy.leave();
    assert.deepEqual([await statusOf("healthz"), await statusOf("readyz")], [200, 503]);
    await left;
    assert.deepEqual([await statusOf("healthz"), await statusOf("readyz")], [200, 503]);
    assert.equal(await sampleOf(admin, "sluice_proxy_draining"), 1);
    ws.send("served as before");
    assert.equal(await nextMessage(ws), "served as before");
    await proxy.listen({ port: 0, host: "127.0.0.1" });
    assert.equal(await statusOf("readyz"), 200);
    await ws.close();
  });

  test("is not ready while a route has no upstream in service", async (t) => {
    const proxy = createProxy({
      name: "dead",
      to: "ws://127.0.0.1:1",
      health: { passive: { maxFailures: 1 } },
    });
    t.after(() => proxy.close({ timeoutMs: 0 }));
    const { url } = await proxy.listen({ port: 0, host: "127.0.0.1" });
    const admin = await startAdmin(proxy, { port: 0 });
    t.after(() => admin.close());
    await assert.rejects(connect(url), HandshakeError);
    const answer = await fetch(`${admin.url}readyz`);
    assert.deepEqual([answer.status, await answer.text()], [503, "no upstream in service: dead\n"]);
    const labels = '{route="dead",upstream="ws://127.0.0.1:1"}';
    assert.equal(await sampleOf(admin.url, `sluice_proxy_upstream_up${labels}`), 0);
    assert.equal(await sampleOf(admin.url, `sluice_proxy_upstream_failures_total${labels}`), 1);
    assert.equal(await sampleOf(admin.url, `sluice_proxy_upstream_ejections_total${labels}`), 1);
  });

  test("lists routes with their upstreams", async (t) => {
    const { admin, upstream } = await startProxy(t);
    const [route] = await listOf<RouteView[]>(`${admin}api/upstreams`);
    assert.deepEqual(
      [route.name, route.mode, route.waiting, route.upstreams[0].url],
      ["echo", "relay", 0, upstream],
    );
    assert.equal(route.upstreams[0].isHealthy, true);
  });

  test("answers under its own names alone, to GET and HEAD alone", async (t) => {
    const { admin } = await startProxy(t);
    assert.equal(await askAs(admin, "localhost"), 200);
    assert.equal(await askAs(admin, "rebound.test"), 421);
    assert.equal((await fetch(admin, { method: "POST", body: "x" })).status, 405);
    assert.equal((await fetch(`${admin}metrics`, { method: "HEAD" })).status, 200);
    assert.equal((await fetch(`${admin}elsewhere`)).status, 404);
    const live = `${admin.replace("http", "ws")}live`;
    const refusals = [{ headers: { Host: "rebound.test" } }, { origin: "http://rebound.test" }];
    for (const [at, options] of refusals.entries())
      await assert.rejects(connect(live, options), (error: HandshakeError) => {
        assert.ok(error instanceof HandshakeError);
        assert.equal(error.status, [421, 403][at]);
        return true;
      });
  });

  test("answers 503 to a page beside 32 others, until one of them is closed", async (t) => {
    const { admin } = await startProxy(t);
    const live = `${admin.replace("http", "ws")}live`;
    const pages = await Promise.all(Array.from({ length: 32 }, () => connect(live)));
    for (const page of pages) assert.equal(JSON.parse(String(await nextMessage(page))).type, "snapshot");
    await assert.rejects(connect(live), (error: HandshakeError) => {
      assert.equal(error.status, 503);
      return true;
    });
    await pages[0].close();
    const page = await connect(live);
    assert.equal(JSON.parse(String(await nextMessage(page))).type, "snapshot");
  });

  test("answers lists and metrics asked for at once, or says that too many are", async (t) => {
    const { admin } = await startProxy(t);
    for (const path of ["api/connections?limit=", "metrics?"]) {
      const asked = Array.from({ length: 80 }, (_, at) => fetch(`${admin}${path}${at + 1}`));
      const statuses = new Set((await Promise.all(asked)).map(({ status }) => status));
      assert.ok(statuses.has(200));
      statuses.delete(200);
      statuses.delete(503);
      assert.equal(statuses.size, 0);
    }
  });

  test("refuses options that mean nothing, and proxies of another make", async (t) => {
    const { proxy } = await startProxy(t);
    await assert.rejects(startAdmin(proxy, { port: -1 }), /port of startAdmin is -1/);
    await assert.rejects(startAdmin(proxy, { port: 0, host: "" }), /host of startAdmin/);
    await assert.rejects(
      startAdmin(proxy, { port: 0, token: "x" } as never),
      /token is not an option of startAdmin/,
    );
    await assert.rejects(startAdmin({} as never, { port: 0 }), /no proxy of createProxy/);
    await assert.rejects(startAdmin(proxy, {}), /port of startAdmin is undefined/);
    await assert.rejects(startAdmin(proxy, { port: 0, fd: 3 }), /port of startAdmin means nothing beside fd/);
    await assert.rejects(startAdmin(proxy, { fd: -1 }), /fd of startAdmin is -1/);
  });

  test("lets go of its socket for another process: pages come again, and what has come is answered", async (t) => {
    const { admin, running } = await startProxy(t);
    const page = await connect(`${admin.replace("http", "ws")}live`);
    const asking = connectTcp(Number(new URL(admin).port), "127.0.0.1");
    t.after(() => asking.destroy());
    await once(asking, "connect");
    const peer = new RawPeer(asking);
    peer.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
    // What came before has been accepted by then.
    assert.equal((await fetch(`${admin}healthz`)).status, 200);
    assert.equal(running.descriptor?.name, new URL(admin).host);
    running.leave();
    assert.equal(running.descriptor, undefined);
    assert.equal((await page.closed).code, 1012);
    await assert.rejects(fetch(`${admin}healthz`));
    peer.write("\r\n");
    const { status, headers } = await peer.readResponse();
    assert.deepEqual([status, headers.get("connection")], [200, "close"]);
    await running.close();
  });
});
