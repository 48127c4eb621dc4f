// A real browser for tests of pages. Each page is in a context of its own, as if on another person's machine.

import { existsSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { projectPath } from "./paths.js";

export interface BrowserTest {
  after(hook: () => unknown): void;
  skip(message?: string): void;
}

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

// No sandbox, because tests also run as root and in containers. The rest keeps the browser from talking to anybody
// but the test.
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}

/** Starts a browser with a profile of its own. Without one the test is skipped; in CI, where it has to be there, it fails. */
export async function startBrowser(t: BrowserTest): Promise<Browser | undefined> {
  const executablePath = findBrowser();
  if (executablePath === undefined) {
    const reason = `no browser: none of ${names.join(", ")} is on the PATH`;
    if (process.env.CI) throw new Error(reason);
    t.skip(reason);
    return undefined;
  }
  const browser = await chromium.launch({ executablePath, args: flags });
  t.after(() => browser.close());
  return browser;
}

export interface OpenPage {
  readonly page: Page;
  /** What went wrong on the page: uncaught errors, and what the content security policy refused. */
  readonly faults: readonly string[];
}

/** A page without a past. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width: 1180, height: 760 },
    locale: "en-GB",
    ...options,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text());
  });
  return { page, faults };
}

/** Keeps a picture for people to look at. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const folder = projectPath("build/screenshots");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
