// puppeteer-core, which drives Chromium over a WebSocket: a page, its script, a large screenshot, a download of its content.

import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import puppeteer from "puppeteer-core";

export async function converse(log) {
  const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
    existsSync,
  );
  if (executablePath === undefined) throw new Error("there is no Chromium");
  const http = createServer((_request, response) => {
    response.setHeader("Content-Type", "text/html");
    response.end("<title>A page</title><h1>Hello</h1><script>console.log('from the page')</script>");
  });
  await once(http.listen(0, "127.0.0.1"), "listening");
  const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox"], headless: true });
  browser.on("disconnected", () => log("disconnected"));
  const page = await browser.newPage();
  page.on("console", (message) => log("console", message.text()));
  await page.goto(`http://127.0.0.1:${http.address().port}/`);
  log("title", await page.title());
  log("evaluated", await page.evaluate(() => document.querySelector("h1").textContent));
  log("large", (await page.evaluate(() => "x".repeat(5_000_000))).length);
  log("screenshot", (await page.screenshot()).subarray(1, 4).toString());
  const failure = await page
    .evaluate(() => Promise.reject(new Error("within")))
    .catch(({ message }) => message);
  log("failed", failure);
  await page.close();
  await browser.close();
  http.close();
  http.closeAllConnections();
}
