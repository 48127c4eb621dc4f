// A real browser's WebSocket on a page that our server serves.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import type { ServerHandlers, ServerOptions, WebSocketConnection, WebSocketServer } from "sluice";
import { startBrowser } from "../support/browser.js";
import { makeCertificates } from "../support/certificates.js";
import { hasTool } from "../support/outside-process.js";
import { firstCall, startServer } from "../support/sluice-server.js";

interface Context {
  after(hook: () => unknown): void;
  skip(message?: string): void;
}

/** What a page can tell of a connection that it opened. */
interface Told {
  readonly events: readonly string[];
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  readonly protocol: string;
  readonly extensions: string;
}

/** Runs in the page, before everything else there. */
const script = `
  globalThis.converse = (options) => new Promise((resolve) => {
    const url = (options.origin ?? location.origin).replace("http", "ws") + (options.path ?? "/ws");
    const ws = new WebSocket(url, options.protocols ?? []);
    ws.binaryType = options.binaryType ?? "arraybuffer";
    const events = [];
    let ended;
    const told = () => ({ events, ...ended, protocol: ws.protocol, extensions: ws.extensions });
    ws.onopen = () => {
      events.push("open");
      options.onopen && new Function("ws", options.onopen)(ws);
    };
    const tell = async (data) => {
      const kind = typeof data === "string" ? "text" : data.constructor.name;
      const bytes = typeof data === "string" ? data : new Uint8Array(data.arrayBuffer ? await data.arrayBuffer() : data);
      events.push(kind + " " + (bytes.length > 40 ? bytes.length : [...bytes].join(typeof data === "string" ? "" : ",")));
      options.onmessage && new Function("ws", "data", "count", options.onmessage)(ws, data, events.length - 1);
    };
    // Reading a Blob takes its time: what comes behind it is told behind it.
    let before = Promise.resolve();
    const inTurn = (step) => { before = before.then(step); };
    ws.onmessage = ({ data }) => inTurn(() => tell(data));
    ws.onerror = () => inTurn(() => events.push("error"));
    ws.onclose = ({ code, reason, wasClean }) => inTurn(() => {
      ended = { code, reason, wasClean };
      events.push("close");
      setTimeout(() => resolve(told()), 50);
    });
  });
`;

interface Conversation {
  /** Of another server than the page's. */
  readonly origin?: string;
  readonly path?: string;
  readonly protocols?: readonly string[];
  readonly binaryType?: "blob" | "arraybuffer";
  /** Bodies of functions in the page. */
  readonly onopen?: string;
  readonly onmessage?: string;
}

let browser: Browser | undefined;
before(async () => {
  browser = await startBrowser({ after() {}, skip() {} });
});
after(() => browser?.close());

/** A page of the server's, and what runs there. */
async function openPage(
  t: Context,
  url: string,
): Promise<((options: Conversation) => Promise<Told>) | undefined> {
  if (browser === undefined) {
    t.skip("there is no browser");
    return undefined;
  }
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  t.after(() => context.close());
  const page: Page = await context.newPage();
  await page.addInitScript(script);
  await page.goto(url.replace("ws", "http"));
  return (options) =>
    page.evaluate(
      (given) => (globalThis as never as { converse(given: unknown): Promise<Told> }).converse(given),
      options,
    );
}

function pageAnd(handlers: ServerHandlers): ServerHandlers {
  return {
    ...handlers,
    request: () => ({ headers: { "Content-Type": "text/html" }, body: "<!doctype html>" }),
  };
}

const echoBack: ServerHandlers = pageAnd({
  message: (ws, data, isBinary) => void ws.send(data, { binary: isBinary }),
});

const carriers: readonly { readonly name: string; readonly options: ServerOptions }[] = [
  { name: "on Node's sockets", options: { transport: "node" } },
  { name: 'on what "auto" is', options: {} },
  { name: "with TLS", options: {} },
  { name: "with compression", options: { compression: { thresholdBytes: 0 } } },
];

for (const { name, options: given } of carriers) {
  describe(`a browser's WebSocket ${name}`, () => {
    let options = given;
    before((t) => {
      // Without openssl it is the same once more, without TLS.
      if (name === "with TLS" && hasTool(t as never, "openssl", ["version"]))
        options = { tls: makeCertificates().server };
    });

    test("gets text and binary messages back as it sent them", async (t) => {
      const { url } = await startServer(t, echoBack, options);
      const converse = await openPage(t, url);
      if (converse === undefined) return;
      const told = await converse({
        onopen: `
          ws.send("");
          ws.send("grüße 𝄞");
          ws.send("lone \\ud800 surrogate");
          ws.send(new Uint8Array([1, 2, 255]).buffer);
          ws.send(new Uint16Array([258, 772]).subarray(1));
          ws.send(new Blob(["blob"]));
          ws.send(new Uint8Array(0));`,
        onmessage: "if (count === 7) ws.close(1000, 'done');",
      });
      assert.deepEqual(told.events, [
        "open",
        "text ",
        "text grüße 𝄞",
        "text lone \ufffd surrogate",
        "ArrayBuffer 1,2,255",
        "ArrayBuffer 4,3",
        "ArrayBuffer 98,108,111,98",
        "ArrayBuffer ",
        "close",
      ]);
      assert.deepEqual([told.code, told.wasClean], [1000, true]);
      assert.equal(told.extensions.startsWith("permessage-deflate"), options.compression !== undefined);
    });

    test("gets large messages back whole, as a Blob too, and one that comes in fragments", async (t) => {
      const bound = 8_388_608;
      const { url } = await startServer(
        t,
        {
          ...echoBack,
          async open(ws) {
            await ws.sendStream(
              (async function* () {
                for (let i = 0; i < 50; i++) yield "piece of text ";
              })(),
            );
          },
        },
        { ...options, maxMessageBytes: bound, maxBufferedBytes: 2 * bound },
      );
      const converse = await openPage(t, url);
      if (converse === undefined) return;
      const told = await converse({
        binaryType: "blob",
        onmessage: `
          if (count === 1) {
            globalThis.large = new Uint8Array(5_000_000).map((_, i) => (i * 7) >> 3);
            ws.send(large);
            ws.send("é".repeat(2_000_000));
          } else if (count === 3) ws.close();`,
      });
      assert.deepEqual(told.events, ["open", "text 700", "Blob 5000000", "text 2000000", "close"]);
      assert.deepEqual([told.code, told.wasClean], [1005, true]);
    });
  });
}

describe("a browser's WebSocket ends", () => {
  for (const [what, end, expected] of [
    ["with the server's code and reason", (ws) => void ws.close(3001, "grüße"), [3001, "grüße", true]],
    ["with 1000 when the server gives no code", (ws) => void ws.close(), [1000, "", true]],
    ["when the server goes away", (_ws, server) => void server.close(), [1001, "", true]],
    ["when the server ends TCP", (ws) => ws.terminate(), [1006, "", false]],
  ] satisfies readonly [string, (ws: WebSocketConnection, server: WebSocketServer) => void, unknown[]][]) {
    test(what, async (t) => {
      const running: { server: WebSocketServer | undefined } = { server: undefined };
      const { url, server } = await startServer(
        t,
        pageAnd({ message: (ws) => end(ws, running.server as WebSocketServer) }),
      );
      running.server = server;
      const converse = await openPage(t, url);
      if (converse === undefined) return;
      const told = await converse({ onopen: 'ws.send("end it")' });
      assert.deepEqual([told.code, told.reason, told.wasClean], expected);
      assert.deepEqual(told.events, ["open", "close"]);
    });
  }

  for (const [code, reason] of [
    [1000, ""],
    [3000, "ä€𝄞"],
    [4999, "bye"],
  ] as const) {
    test(`with ${code} of its own, which the server is told`, async (t) => {
      const closed = firstCall<[unknown, number, string]>();
      const { url } = await startServer(t, pageAnd({ close: closed.handler }));
      const converse = await openPage(t, url);
      if (converse === undefined) return;
      const told = await converse({ onopen: `ws.close(${code}, ${JSON.stringify(reason)})` });
      assert.deepEqual((await closed.called).slice(1), [code, reason]);
      // What the page hears is the server's answer, which has the code.
      assert.deepEqual([told.code, told.reason, told.wasClean], [code, "", true]);
    });
  }

  test("with 1009 for a message that is too large", async (t) => {
    const { url } = await startServer(t, echoBack, { maxMessageBytes: 1000 });
    const converse = await openPage(t, url);
    if (converse === undefined) return;
    const told = await converse({ onopen: 'ws.send("x".repeat(1001))' });
    assert.deepEqual([told.code, told.events.includes("text 1001")], [1009, false]);
  });
});

describe("a browser's WebSocket opens", () => {
  test("with the subprotocol that the server prefers, and fails with none in common", async (t) => {
    const { url } = await startServer(t, echoBack, { protocols: ["b", "a"] });
    const converse = await openPage(t, url);
    if (converse === undefined) return;
    const told = await converse({ protocols: ["a", "b"], onopen: "ws.close(1000)" });
    assert.deepEqual([told.protocol, told.events], ["b", ["open", "close"]]);
    const refused = await converse({ protocols: ["c"] });
    assert.deepEqual([refused.code, refused.events], [1006, ["error", "close"]]);
  });

  test("not where the server refuses it", async (t) => {
    const { url } = await startServer(t, pageAnd({ upgrade: () => ({ status: 403 }) }));
    const converse = await openPage(t, url);
    if (converse === undefined) return;
    const told = await converse({});
    assert.deepEqual([told.code, told.wasClean, told.events], [1006, false, ["error", "close"]]);
  });

  test("not from a page of another origin, unless that is allowed", async (t) => {
    const there = await startServer(t, echoBack);
    const page = there.url.replace("ws", "http").replace(/\/$/, "");
    const closing = await startServer(t, echoBack);
    const open = await startServer(t, echoBack, { origins: [page] });
    const converse = await openPage(t, there.url);
    if (converse === undefined) return;
    const refused = await converse({ origin: closing.url.replace(/\/$/, "") });
    assert.deepEqual([refused.code, refused.events], [1006, ["error", "close"]]);
    const allowed = await converse({ origin: open.url.replace(/\/$/, ""), onopen: "ws.close()" });
    assert.deepEqual(allowed.events, ["open", "close"]);
  });
});
