// The rates that the inspector's page makes of what it is told, in a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createProxy, startAdmin } from "#src/proxy/index.js";
import { openPage, startBrowser } from "../support/browser.js";

/** Has the page told of one snapshot more, so many milliseconds and messages behind the first of its own. */
const further = (ms: number, messages: number): string => `(() => {
  const { at, messagesReceived, ...rest } = globalThis.firstSnapshot;
  const detail = { ...rest, at: at + ${ms}, messagesReceived: messagesReceived + ${messages} };
  document.dispatchEvent(new CustomEvent("live-snapshot", { detail }));
})()`;

const keepFirst = `addEventListener("DOMContentLoaded", () => {
  document.addEventListener("live-snapshot", (event) => {
    if (globalThis.firstSnapshot === undefined) globalThis.firstSnapshot = event.detail;
    else if (event.detail.messagesReceived === 0) event.stopImmediatePropagation();
  }, true);
})`;

test("the inspector makes no rate of an answer that follows the one before at once", async (t) => {
  const browser = await startBrowser(t);
  if (browser === undefined) return;
  const proxy = createProxy({ to: "ws://127.0.0.1:1" });
  t.after(() => proxy.close({ timeoutMs: 0 }));
  const admin = await startAdmin(proxy, { port: 0 });
  t.after(() => admin.close());
  const { page } = await openPage(browser);
  await page.addInitScript(keepFirst);
  await page.goto(admin.url);
  const messages = page.locator("#facts > div", { hasText: "Messages" }).locator("dd > span");
  await messages.filter({ hasText: "–" }).waitFor();
  const shown: (string | null)[] = [];
  for (const [ms, count] of [
    [50, 22],
    [1050, 65],
    [1100, 90],
    [2050, 165],
  ]) {
    await page.evaluate(further(ms, count));
    shown.push(await messages.textContent());
  }
  assert.deepEqual(shown, ["–", "62/s", "62/s", "100/s"]);
});
