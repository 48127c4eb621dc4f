// The inspector's page, in a browser that has nothing but the admin port.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import { connect } from "sluice";
import { createProxy, type FrameRecord, startAdmin } from "#src/proxy/index.js";
import { openPage, startBrowser, takePicture } from "../support/browser.js";
import { runInside } from "../support/command-line.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";

const MARKUP = '<img src=x onerror="document.title=1"><script>document.title=1</script>';

interface Inspected {
  readonly page: Page;
  readonly url: string;
  readonly problems: readonly string[];
}

/** A proxy with two routes, of which one has an upstream that is not there, and the page that looks at it. */
async function inspect(
  t: TestContext,
  options: Parameters<typeof openPage>[1] = {},
): Promise<Inspected | undefined> {
  const browser = await startBrowser(t);
  if (browser === undefined) return undefined;
  const upstream = await startServer(t, echo, { compression: true });
  const proxy = createProxy({
    routes: [
      {
        name: "api",
        pathPrefix: "/api",
        to: [upstream.url, "ws://127.0.0.1:1/nobody"],
        health: { passive: { maxFailures: 1 } },
      },
      { name: "everything", to: upstream.url },
    ],
  });
  t.after(() => proxy.close({ timeoutMs: 0 }));
  const { url } = await proxy.listen({ port: 0, host: "127.0.0.1" });
  const admin = await startAdmin(proxy, { port: 0 });
  t.after(() => admin.close());
  const { page } = await openPage(browser, options);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(admin.url)) problems.push(`asked for ${request.url()}`);
  });
  await page.goto(admin.url);
  await page.locator("#status", { hasText: "Live" }).waitFor();
  return { page, url, problems };
}

function rows(page: Page): Promise<string[]> {
  return page.locator("#connections tbody tr").allTextContents();
}

/** Waits until there are so many rows. */
async function rowsAre(page: Page, count: number): Promise<void> {
  const atLeast = count === 0 ? "" : `:has(> tr:nth-child(${count}))`;
  const body = page.locator(`#connections tbody${atLeast}:not(:has(> tr:nth-child(${count + 1})))`);
  await body.waitFor({ state: "attached" });
}

/** Waits until the page has been told so often of how things are. */
function snapshots(page: Page, count: number): Promise<unknown> {
  return page.evaluate(`new Promise((resolve) => {
    let left = ${count};
    document.addEventListener("live-snapshot", () => --left > 0 || resolve());
  })`);
}

describe("the inspector", () => {
  test("shows connections, which can be filtered and sorted", async (t) => {
    const inspected = await inspect(t);
    if (inspected === undefined) return;
    const { page, url, problems } = inspected;
    const first = await connect(`${url}/first?${encodeURIComponent(MARKUP)}`);
    await rowsAre(page, 1);
    const second = await connect(`${url}/api/second`);
    await rowsAre(page, 2);
    assert.match((await rows(page))[0], /api \(relay\).*\/api\/second/);
    await page.getByLabel("in reverse").check();
    await page
      .locator("#connections tbody tr", { hasText: "/first" })
      .and(page.locator(":first-child"))
      .waitFor();
    await page.getByLabel(/^Route/).selectOption("api");
    await rowsAre(page, 1);
    assert.match(String(await page.locator("#count").textContent()), /2 open, 1 match\./);
    await page.getByLabel(/^Client/).fill("10.0.0.");
    await rowsAre(page, 0);
    await page.getByLabel(/^Client/).fill("127.0.0");
    await rowsAre(page, 1);
    const upstreams = page.locator("#upstreams tbody tr");
    assert.equal(await upstreams.count(), 3);
    assert.equal(await upstreams.filter({ hasText: "in service" }).count(), 3);
    // It is the turn of the one that is not there.
    const third = await connect(`${url}/api/third`);
    const dead = upstreams.filter({ hasText: "out of service" });
    await dead.waitFor();
    assert.match(String(await dead.textContent()), /^ws:\/\/127\.0\.0\.1:1\/nobodyapi/);
    assert.match(String(await dead.locator(".bad").getAttribute("title")), /ECONNREFUSED|refused/i);
    await Promise.all([first.close(), second.close(), third.close()]);
    await rowsAre(page, 0);
    assert.deepEqual(problems, []);
  });

  test("shows the frames of a connection as text and hex, filtered, paused, cleared and saved", async (t) => {
    const inspected = await inspect(t);
    if (inspected === undefined) return;
    const { page, url, problems } = inspected;
    const ws = await connect(url);
    await page.getByRole("button", { name: "Watch the frames of connection 1" }).click();
    await page.getByRole("heading", { name: "Frames of connection 1" }).waitFor();
    ws.send(MARKUP);
    await nextMessage(ws);
    ws.send(Uint8Array.of(0, 104, 105, 255));
    await nextMessage(ws);
    await ws.ping("are you there");
    const items = page.locator("#frames li");
    await items.nth(5).waitFor();
    assert.equal(await page.locator("#frames img, #frames script").count(), 0);
    assert.match(String(await items.nth(5).textContent()), /↑ client.*text.*<img src=x onerror/);
    assert.match(String(await items.nth(3).textContent()), /binary4 B0000 {2}00 68 69 ff .*\.hi\./);
    await page.getByLabel("From").selectOption("upstream");
    assert.equal(await items.count(), 3);
    await page.getByLabel("Type").selectOption("control");
    assert.match(String(await items.textContent()), /↓ upstream.*pong.*are you there/);
    await page.getByLabel("Show as").selectOption("hex");
    assert.match(String(await items.textContent()), /61 72 65 20 79 6f 75/);
    for (const name of ["From", "Type", "Show as"]) await page.getByLabel(name).selectOption({ index: 0 });
    await page.getByLabel("Contains").fill("ONERROR");
    assert.equal(await items.count(), 2);
    await page.getByLabel("Contains").fill("");

    await page.getByRole("button", { name: "Pause" }).click();
    ws.send("while paused");
    await nextMessage(ws);
    await page.locator("#frame-count", { hasText: "2 new while paused" }).waitFor();
    assert.equal(await items.count(), 6);
    await page.getByRole("button", { name: "Go on" }).click();
    assert.equal(await items.count(), 8);

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save as JSON lines" }).click(),
    ]);
    assert.equal(download.suggestedFilename(), "connection-1.jsonl");
    const lines = readFileSync(await download.path(), "utf8")
      .trimEnd()
      .split("\n");
    const records = lines.map((line) => JSON.parse(line) as FrameRecord);
    assert.deepEqual(
      records.map(({ from, type }) => `${from} ${type}`),
      ["text", "binary", "ping", "text"].flatMap((type) => [
        `client ${type}`,
        `upstream ${type === "ping" ? "pong" : type}`,
      ]),
    );
    assert.equal(records[0].data, MARKUP);
    const replay = runInside(["replay", await download.path(), url, "--speed", "max", "--compare"]);
    assert.deepEqual(
      [await replay.ended, replay.stderr()],
      [0, "3 messages compared: all are as recorded\n"],
    );

    await page.getByRole("button", { name: "Clear" }).click();
    assert.equal(await items.count(), 0);
    await ws.close();
    await page.locator("#watched", { hasText: "The connection is over" }).waitFor();
    assert.equal(await page.title(), "Sluice proxy");
    assert.deepEqual(problems, []);
  });

  test("waits for the next connection of a route, by the keyboard alone", async (t) => {
    const inspected = await inspect(t);
    if (inspected === undefined) return;
    const { page, url, problems } = inspected;
    const button = page.getByRole("button", { name: "Watch the next of its route, everything" });
    await button.waitFor();
    for (let presses = 0; !(await button.evaluate((element) => element.matches(":focus"))); presses++) {
      assert.ok(presses < 30, "the button can be reached by Tab");
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await page.locator("#watched", { hasText: "Waiting for the next connection" }).waitFor();
    const ws = await connect(url, { compression: true });
    const text = "compressed words, ".repeat(100);
    ws.send(text);
    await nextMessage(ws);
    await page.locator("#frames li").nth(1).waitFor();
    const summary = await page.locator("#frames li").first().textContent();
    assert.match(String(summary), /text1,800 B \(\d+\)compressed words/);
    await page.locator("#frames summary").first().click();
    assert.equal(await page.locator("#frames details[open] pre").textContent(), text);
    await ws.close();
    assert.deepEqual(problems, []);
  });

  test("finds the proxy again after its admin port was away", async (t) => {
    const browser = await startBrowser(t);
    if (browser === undefined) return;
    const upstream = await startServer(t, echo);
    const proxy = createProxy({ to: upstream.url });
    t.after(() => proxy.close({ timeoutMs: 0 }));
    const first = await startAdmin(proxy, { port: 0 });
    const { page } = await openPage(browser);
    await page.goto(first.url);
    await page.locator("#status", { hasText: "Live" }).waitFor();
    await first.close();
    await page.locator("#status", { hasText: "Not connected" }).waitFor();
    const second = await startAdmin(proxy, { port: Number(new URL(first.url).port) });
    t.after(() => second.close());
    await page.locator("#status", { hasText: "Live" }).waitFor();
  });

  test("labels its plots with different whole numbers, however little passes", async (t) => {
    const inspected = await inspect(t);
    if (inspected === undefined) return;
    const { page, url, problems } = inspected;
    await page.addInitScript(keepLabels);
    await page.reload();
    await snapshots(page, 2);
    const labels = (): Promise<Record<string, string[]>> => page.evaluate(drawnLabels);
    const { messages, bytes, open } = await labels();
    assert.deepEqual(
      [messages, bytes, open],
      [
        ["0", "1"],
        ["0 B", "1 B"],
        ["0", "1"],
      ],
    );
    const ws = await connect(url);
    ws.send("hello");
    await nextMessage(ws);
    await snapshots(page, 2);
    const { handshakes, ...whole } = await labels();
    for (const texts of [handshakes, ...Object.values(whole)]) {
      assert.ok(texts.length > 1);
      assert.equal(new Set(texts).size, texts.length, texts.join());
    }
    for (const text of Object.values(whole).flat()) assert.match(text, /^\d+(?: B)?$/);
    await ws.close();
    assert.deepEqual(problems, []);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [1200, 390]) {
      test(`fits ${width} pixels, and can be read, ${colorScheme}`, async (t) => {
        const viewport = { width, height: width === 390 ? 800 : 900 };
        const inspected = await inspect(t, { colorScheme, viewport });
        if (inspected === undefined) return;
        const { page, url, problems } = inspected;
        const others = await Promise.all(
          ["/api/rooms", "/chat?room=tea", `/${"long".repeat(60)}`].map((path) => connect(url + path)),
        );
        await page.getByRole("button", { name: "Watch the next of its route, everything" }).click();
        await page.locator("#watched", { hasText: "Waiting for the next connection" }).waitFor();
        const ws = await connect(`${url}/watched`, { compression: true });
        for (const message of [
          "hello",
          JSON.stringify({ op: "say", text: "a longer message. ".repeat(80) }),
        ]) {
          ws.send(message);
          await nextMessage(ws);
        }
        ws.send(Uint8Array.from({ length: 40 }, (_, at) => at * 7));
        await ws.ping();
        await page.locator("#frames li").nth(6).waitFor();
        const overhang = "document.documentElement.scrollWidth - innerWidth";
        assert.equal(await page.evaluate(overhang), 0, "nothing stands out to the right");
        assert.deepEqual(await page.evaluate(faintTexts), []);
        await snapshots(page, 3);
        await page.evaluate("scrollTo(0, 0)");
        await takePicture(page, `inspector-${width}-${colorScheme}`);
        await page.locator("#connections").evaluate((element) => element.scrollIntoView());
        await takePicture(page, `inspector-${width}-${colorScheme}-connections`);
        await page.locator("#frames-section").evaluate((element) => element.scrollIntoView());
        await takePicture(page, `inspector-${width}-${colorScheme}-frames`);
        await Promise.all([...others, ws].map((each) => each.close()));
        assert.deepEqual(problems, []);
      });
    }
  }
});

/** Keeps what is written on each plot since it was last wiped, for `drawnLabels`. */
const keepLabels = `{
  const { fillText, clearRect } = CanvasRenderingContext2D.prototype;
  Object.assign(CanvasRenderingContext2D.prototype, {
    fillText(text, ...place) {
      (this.canvas.labels ??= []).push(text);
      fillText.call(this, text, ...place);
    },
    clearRect(...area) {
      this.canvas.labels = [];
      clearRect.call(this, ...area);
    },
  });
}`;

/** The labels of the upright axis of each plot: those of the other are times. */
const drawnLabels = `Object.fromEntries(
  [...document.querySelectorAll(".plot")].map((place) => [
    place.dataset.chart,
    place.querySelector("canvas").labels.filter((text) => text !== "" && !/:/.test(text)),
  ]),
)`;

/** Texts whose contrast with what is behind them is below 4.5 (WCAG 2.2, 1.4.3), as an expression for the page. */
const faintTexts = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      const [, , , alpha = 1] = channels(backgroundColor);
      if (alpha === 1) return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (!hasText || element.checkVisibility() === false) continue;
    const pair = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (contrast < 4.5) faint.push(element.textContent.slice(0, 40) + ": " + contrast.toFixed(2));
  }
  return faint;
})()`;
