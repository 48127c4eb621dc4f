import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { describe, test } from "node:test";
import { connect, createServer, type WebSocketConnection, type WebSocketServer } from "sluice";
import type { HealthChange } from "#src/proxy.js";
import { openRaw } from "../support/raw-client.js";
import { startRawServer } from "../support/raw-server.js";
import { startProxy } from "../support/sluice-proxy.js";
import { nextMessage, startServer } from "../support/sluice-server.js";
import { headOf, opcodes, upgradeHead } from "../support/wire.js";

interface After {
  after(hook: () => Promise<void>): void;
}

/** A server that says its name, can be killed, and comes back to its port. */
class NamedServer {
  readonly #name: string;
  readonly #server: WebSocketServer;
  port = 0;
  isWell = true;
  checks = 0;

  constructor(t: After, name: string) {
    this.#name = name;
    this.#server = createServer({
      open: (ws) => {
        ws.send(name);
      },
      request: ({ url }) => {
        if (url !== "/health") return { body: name };
        this.checks++;
        return { status: this.isWell ? 200 : 503 };
      },
    });
    t.after(() => this.kill());
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  get connections(): number {
    return this.#server.connections.size;
  }

  async start(): Promise<this> {
    ({ port: this.port = 0 } = await this.#server.listen({ port: this.port, host: "127.0.0.1" }));
    return this;
  }

  async kill(): Promise<void> {
    await this.#server.close({ timeoutMs: 0 });
  }

  toString(): string {
    return this.#name;
  }
}

async function startTwo(t: After): Promise<[NamedServer, NamedServer]> {
  return [await new NamedServer(t, "a").start(), await new NamedServer(t, "b").start()];
}

async function open(url: string, cookie?: string): Promise<{ ws: WebSocketConnection; name: unknown }> {
  const ws = await connect(url, { headers: cookie === undefined ? {} : { Cookie: cookie } });
  return { ws, name: await nextMessage(ws) };
}

/** Which server has a WebSocket that is opened and closed. */
async function visit(url: string, cookie?: string): Promise<unknown> {
  const { ws, name } = await open(url, cookie);
  await ws.close();
  return name;
}

async function visits(url: string, count: number, cookie?: string): Promise<unknown[]> {
  const names: unknown[] = [];
  for (let i = 0; i < count; i++) names.push(await visit(url, cookie));
  return names;
}

/** The news of upstreams, to be waited for. */
function healthNews() {
  const news = new EventEmitter();
  const upstreamHealth = (change: HealthChange): void => {
    news.emit(change.isHealthy ? "up" : "down", change);
  };
  const next = async (event: "up" | "down"): Promise<HealthChange> => (await once(news, event))[0];
  return { upstreamHealth, next };
}

describe("a proxy with several upstreams", () => {
  test("goes round, with WebSockets and with plain requests", async (t) => {
    const [a, b] = await startTwo(t);
    const { url } = await startProxy(t, { to: [a.url, b.url] });
    assert.deepEqual(await visits(url, 4), ["a", "b", "a", "b"]);
    const names: string[] = [];
    for (let i = 0; i < 4; i++) names.push(await (await fetch(url.replace("ws", "http"))).text());
    assert.deepEqual(names, ["a", "b", "a", "b"]);
  });

  test("gives more to one that weighs more", async (t) => {
    const [a, b] = await startTwo(t);
    const { url } = await startProxy(t, { to: [{ url: a.url, weight: 3 }, b.url] });
    assert.equal((await visits(url, 8)).filter((name) => name === "a").length, 6);
  });

  test("sends the next connection to whoever has the fewest", async (t) => {
    const [a, b] = await startTwo(t);
    const { url } = await startProxy(t, { to: [a.url, b.url], balance: "least-connections" });
    const first = await open(url);
    assert.deepEqual(await visits(url, 4), Array(4).fill(first.name === "a" ? "b" : "a"));
    await first.ws.close();
  });

  test("keeps a client at one by a cookie, and goes round without it", async (t) => {
    const [a, b] = await startTwo(t);
    const { url } = await startProxy(t, { to: [a.url, b.url], balance: { hash: { cookie: "sid" } } });
    const homes = new Set<unknown>();
    for (const user of Array.from({ length: 12 }, (_, i) => `x=y; sid=user${i}`)) {
      const names = new Set(await visits(url, 3, user));
      assert.equal(names.size, 1);
      for (const name of names) homes.add(name);
    }
    assert.deepEqual(homes, new Set(["a", "b"]));
    assert.equal(new Set(await visits(url, 2)).size, 2);
  });

  test("lets nobody notice that one is killed, and uses it when it is back", async (t) => {
    const [a, b] = await startTwo(t);
    const { upstreamHealth, next } = healthNews();
    const { url } = await startProxy(t, {
      to: [a.url, b.url],
      health: { passive: { maxFailures: 2, ejectMs: 50 } },
      hooks: { upstreamHealth },
    });
    const down = next("down");
    await b.kill();
    assert.deepEqual(await visits(url, 6), Array(6).fill("a"));
    const { upstream, source, reason } = await down;
    assert.deepEqual([upstream, source], [b.url, "passive"]);
    assert.match(reason, /^2 requests in a row failed, the last: .*refused/i);
    const up = next("up");
    await b.start();
    while ((await visit(url)) !== "b");
    assert.equal((await up).upstream, b.url);
  });

  test("does not blame them for clients that break their requests off, or for hooks", async (t) => {
    const { url: to } = await startServer(t, {
      request: async (request) => ({ body: await request.text() }),
    });
    const changes: HealthChange[] = [];
    let asked = (): void => {};
    const { port, logged, proxy } = await startProxy(t, {
      to,
      health: { passive: { maxFailures: 1 } },
      hooks: {
        upstreamRequest: () => asked(),
        upstreamHealth: (change) => changes.push(change),
      },
    });
    const forwarded = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const leaving = await openRaw(t, { port: port as number });
    leaving.write(headOf("POST / HTTP/1.1", "Host: x", "Content-Length: 10"));
    leaving.write("half");
    await forwarded;
    leaving.socket.destroy();
    await logged();
    proxy.reload({
      to,
      health: { passive: { maxFailures: 1 } },
      hooks: {
        upstreamSelected: () => {
          throw new Error("a mistake");
        },
        upstreamHealth: (change) => changes.push(change),
      },
    });
    assert.equal((await fetch(`http://127.0.0.1:${port}`)).status, 500);
    assert.deepEqual(changes, []);
  });

  test("has a backup that stands in", async (t) => {
    const [a, b] = await startTwo(t);
    const { url } = await startProxy(t, { to: [a.url, { url: b.url, isBackup: true }] });
    assert.deepEqual(await visits(url, 3), ["a", "a", "a"]);
    await a.kill();
    assert.deepEqual(await visits(url, 5), Array(5).fill("b"));
  });
});

describe("a proxy whose upstreams are full", () => {
  test("lets a request wait until one has room", async (t) => {
    const [a] = await startTwo(t);
    const { url } = await startProxy(t, { to: { url: a.url, maxConnections: 1 } });
    const first = await open(url);
    const second = open(url);
    const third = open(url);
    await first.ws.close();
    const { ws } = await second;
    assert.equal(a.connections, 1);
    await ws.close();
    await (await third).ws.close();
  });

  test("answers 503 when the wait is over, with the reason in the log alone", async (t) => {
    const [a] = await startTwo(t);
    const { url, entries, errors } = await startProxy(t, {
      to: { url: a.url, maxConnections: 1 },
      queue: { timeoutMs: 30 },
    });
    const first = await open(url);
    await assert.rejects(open(url), { code: "UNEXPECTED_STATUS", status: 503 });
    const response = await fetch(url.replace("ws", "http"));
    assert.deepEqual([response.status, await response.text()], [503, "Service Unavailable\n"]);
    assert.deepEqual(
      entries.map(({ error, status, upstream }) => [error, status, upstream]),
      Array(2).fill(["QUEUE_TIMED_OUT", 503, undefined]),
    );
    assert.match(
      errors[0].message,
      /^no place at route \*\/\* became free within 30 ms \(queue\.timeoutMs\)/,
    );
    await first.ws.close();
  });

  test("answers 503 at once when the queue is full", async (t) => {
    const [a] = await startTwo(t);
    const { url, logged } = await startProxy(t, {
      to: a.url,
      maxConnections: 1,
      queue: { maxWaiting: 0 },
    });
    const first = await open(url);
    await assert.rejects(open(url), { code: "UNEXPECTED_STATUS", status: 503 });
    assert.equal((await logged()).error, "TOO_MANY_CONNECTIONS");
    await first.ws.close();
    await logged();
    await visit(url);
  });

  test("lets requests wait for the limit of the route too", async (t) => {
    const [a, b] = await startTwo(t);
    const { url } = await startProxy(t, { to: [a.url, b.url], maxConnections: 1 });
    const first = await open(url);
    const second = fetch(url.replace("ws", "http"));
    await first.ws.close();
    assert.equal(await (await second).text(), "b");
  });

  test("lets nobody wait who has gone", async (t) => {
    const [a] = await startTwo(t);
    const { url, port, logged, errors } = await startProxy(t, {
      to: a.url,
      maxConnections: 1,
      queue: { maxWaiting: 1, timeoutMs: 600_000 },
    });
    const first = await open(url);
    for (let i = 0; i < 3; i++) {
      const leaving = await openRaw(t, { port: port as number });
      leaving.write(upgradeHead());
      leaving.socket.end();
      const { error, status, upstream } = await logged();
      assert.deepEqual([error, status, upstream], ["CLIENT_GONE", 499, undefined]);
    }
    const second = open(url);
    await first.ws.close();
    await (await second).ws.close();
    assert.deepEqual(errors, []);
  });

  test("turns away who waits when it closes, which is no fault of an upgrade or of a plain request", async (t) => {
    const [a] = await startTwo(t);
    let asked = 0;
    const { url, proxy, logged, errors } = await startProxy(t, {
      to: a.url,
      maxConnections: 1,
      hooks: { request: () => void asked++ },
    });
    await open(url);
    const waiting = [fetch(url.replace("ws", "http")).then(({ status }) => status), connect(url)];
    const outcomes = Promise.allSettled(waiting);
    while (asked < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    await proxy.close();
    const [plain, upgrade] = await outcomes;
    assert.deepEqual(plain, { status: "fulfilled", value: 503 });
    assert.equal(upgrade.status, "rejected");
    const ends = [await logged(), await logged(), await logged()];
    const kinds = ends.filter(({ error }) => error === "DRAINING").map(({ kind }) => kind);
    assert.deepEqual(kinds.sort(), ["http", "websocket"]);
    assert.deepEqual(errors, []);
  });

  test("keeps what a client sends while it waits", async (t) => {
    const echo = await startServer(t, { message: (ws, data) => ws.send(data) });
    for (const mode of ["relay", "inspect"] as const) {
      const { url, port, proxy } = await startProxy(t, { to: echo.url, maxConnections: 1, mode });
      const first = await connect(url);
      const early = await openRaw(t, { port: port as number });
      early.write(upgradeHead());
      early.sendFrame({ opcode: opcodes.text, payload: "hello" });
      await first.close();
      assert.equal((await early.readHead()).startLine, "HTTP/1.1 101 Switching Protocols");
      assert.equal(String((await early.readFrame()).payload), "hello");
      await proxy.close({ timeoutMs: 0 });
    }
  });

  test("refuses those who wait when it closes", async (t) => {
    const [a] = await startTwo(t);
    let asked = (): void => {};
    const waiting = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let requests = 0;
    const { url, proxy } = await startProxy(t, {
      to: a.url,
      maxConnections: 1,
      queue: { timeoutMs: 600_000 },
      hooks: {
        request: () => {
          if (++requests === 3) asked();
        },
      },
    });
    await open(url);
    const second = assert.rejects(open(url), { code: "UNEXPECTED_STATUS", status: 503 });
    const third = fetch(url.replace("ws", "http"));
    await waiting;
    await new Promise((resolve) => setImmediate(resolve));
    await proxy.close({ timeoutMs: 10_000 });
    await second;
    assert.equal((await third).status, 503);
  });

  test("counts what is open across a reload", async (t) => {
    const [a, b] = await startTwo(t);
    const options = { to: { url: a.url, maxConnections: 1 }, queue: { timeoutMs: 30 } };
    const { url, proxy } = await startProxy(t, options);
    const first = await open(url);
    proxy.reload(options);
    await assert.rejects(open(url), { status: 503 });
    proxy.reload({ ...options, to: [options.to, b.url] });
    assert.equal(await visit(url), "b");
    await first.ws.close();
  });
});

describe("a proxy that checks its upstreams", () => {
  test("spares one that does not answer well, until it does", async (t) => {
    const [a, b] = await startTwo(t);
    const { upstreamHealth, next } = healthNews();
    const { url } = await startProxy(t, {
      to: [a.url, b.url],
      health: { active: { path: "/health", intervalMs: 10, fall: 2, rise: 2 } },
      hooks: { upstreamHealth },
    });
    const down = next("down");
    b.isWell = false;
    assert.match(
      (await down).reason,
      /^2 checks in a row failed, the last: GET \/health was answered with 503/,
    );
    assert.deepEqual(await visits(url, 4), Array(4).fill("a"));
    const up = next("up");
    b.isWell = true;
    assert.equal((await up).upstream, b.url);
    assert.equal(new Set(await visits(url, 2)).size, 2);
  });

  test("finds one that is killed and one that is back without any request, and says 503 meanwhile", async (t) => {
    const [a] = await startTwo(t);
    const { upstreamHealth, next } = healthNews();
    const { url, logged } = await startProxy(t, {
      to: a.url,
      health: { active: { intervalMs: 10, fall: 1, rise: 1 } },
      hooks: { upstreamHealth },
    });
    const down = next("down");
    await a.kill();
    assert.equal((await down).source, "active");
    await assert.rejects(open(url), { code: "UNEXPECTED_STATUS", status: 503 });
    assert.equal((await logged()).error, "UPSTREAM_UNAVAILABLE");
    const up = next("up");
    await a.start();
    await up;
    assert.equal(await visit(url), "a");
  });

  test("begins each check with a PROXY header for nobody where upstreams expect one", async (t) => {
    const raw = await startRawServer(t);
    await startProxy(t, { to: raw.url, sendProxyProtocol: 1, health: { active: { path: "/health" } } });
    const peer = await raw.accept();
    const header = "PROXY UNKNOWN\r\n";
    assert.equal((await peer.read(header.length)).toString(), header);
    assert.equal((await peer.readHead()).startLine, "GET /health HTTP/1.1");
  });

  test("ends a check that is under way when it closes, and begins no other", async (t) => {
    const raw = await startRawServer(t);
    const { proxy } = await startProxy(t, {
      to: raw.url,
      health: { active: { path: "/health", intervalMs: 10, timeoutMs: 600_000 } },
    });
    const peer = await raw.accept();
    assert.equal((await peer.readHead()).startLine, "GET /health HTTP/1.1");
    await proxy.close();
    await peer.readToEnd();
  });
});
