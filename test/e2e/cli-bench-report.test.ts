// The report that `sluice bench --html` writes, in a browser without a network; and the examples of its help.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { openPage, startBrowser, takePicture } from "../support/browser.js";
import { echo, startServer } from "../support/sluice-server.js";
import { startBench } from "./bench-run.js";

function reportPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "report.html");
}

/** Echoes, and closes every third connection with a reason that is no part of a page. */
async function writeReport(t: TestContext): Promise<string> {
  let count = 0;
  const { url } = await startServer(t, {
    ...echo,
    open(ws) {
      if (++count % 3 === 0) setTimeout(() => ws.close(4002, "<img src=x onerror=alert(1)></script>"), 200);
    },
  });
  const path = reportPath(t);
  const load = ["--connections", "6", "--rate", "300", "--duration", "1", "--warmup", "0.2"];
  const { status, stderr } = await startBench(t, [url, ...load, "--html", path]).result;
  assert.equal(status, 0, stderr);
  return path;
}

describe("the report of sluice bench", () => {
  test("is one file with the licence of what draws its plots", async (t) => {
    const { url } = await startServer(t, echo);
    const path = reportPath(t);
    await startBench(t, [url, "--messages", "10", "--connections", "1", "--html", path]).result;
    const text = readFileSync(path, "utf8");
    assert.match(
      text,
      /Copyright \(c\) \d+ Leon Sorokin[\s\S]*The above copyright notice and this permission/,
    );
    assert.doesNotMatch(text, /<(?:link|img|iframe)\b|\bsrc=|url\(/);
  });

  test("has no plot of what never was, nor of a single moment", async (t) => {
    const path = reportPath(t);
    const { status } = await startBench(t, ["ws://127.0.0.1:1", "--connections", "1", "--html", path]).result;
    assert.equal(status, 1);
    const text = readFileSync(path, "utf8");
    assert.doesNotMatch(text, /<figure/);
    assert.match(text, /CONNECTION_REFUSED/);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [1200, 390]) {
      test(`is drawn on ${width} pixels, ${colorScheme}`, async (t) => {
        const browser = await startBrowser(t);
        if (browser === undefined) return;
        const path = await writeReport(t);
        const options = { colorScheme, viewport: { width, height: 900 }, offline: true };
        const { page, faults } = await openPage(browser, options);
        const requests: string[] = [];
        page.on("request", (request) => requests.push(request.url()));
        const address = pathToFileURL(path).href;
        await page.goto(address);
        await page.locator(".plot canvas").nth(4).waitFor();
        const titles = await page.locator("figure h2").allTextContents();
        const expected = [
          "Latency over time",
          "Messages per second",
          "Latency by percentile",
          "Connections",
          "Errors",
        ];
        assert.deepEqual(titles, expected);
        const captions = await page.locator(".tables caption").allTextContents();
        assert.deepEqual(captions, ["Errors by class", "Percentiles", "The run"]);
        assert.match(
          String(await page.locator(".tables table").first().textContent()),
          /CLOSE_4002.*<img src=x onerror/,
        );
        assert.equal(await page.locator("img").count(), 0);
        const overhang = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        assert.equal(overhang, 0, "nothing stands out to the right");
        assert.deepEqual([faults, requests], [[], [address]]);
        await takePicture(page, `bench-${width}-${colorScheme}`);
      });
    }
  }
});

describe("the help of sluice bench", () => {
  test("has examples that run", async (t) => {
    const { url } = await startServer(t, echo);
    const help = await startBench(t, ["--help"]).result;
    const examples = [...help.stdout.matchAll(/^ {2}sluice bench (ws:.*)$/gm)].map(([, args]) =>
      args.split(" "),
    );
    assert.equal(examples.length, 4);
    const path = reportPath(t);
    for (const [, ...flags] of examples) {
      const args = flags.map((flag) => (flag === "report.html" ? path : flag));
      // As they are, but shorter: a flag that is given again wins.
      const shorter = args.includes("--messages") ? ["--messages", "200"] : ["--duration", "0.2"];
      const { status, stderr } = await startBench(t, [url, ...args, ...shorter]).result;
      assert.equal(status, 0, `${args.join(" ")}: ${stderr}`);
    }
    assert.match(readFileSync(path, "utf8"), /^<!doctype html>/);
  });

  test("explains coordinated omission, and every flag that there is", async (t) => {
    const { stdout } = await startBench(t, ["--help"]).result;
    assert.match(stdout, /coordinated omission/);
    const { benchCommand } = await import("#src/cli/bench/bench-command.js");
    for (const flag of Object.keys(benchCommand.flags)) assert.ok(stdout.includes(`--${flag}`), flag);
  });
});
