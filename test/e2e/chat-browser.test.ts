import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { openPage, startBrowser, takePicture } from "../support/browser.js";
import { openDoorway, startChat, startTerminal } from "../support/terminal.js";

const phone = { viewport: { width: 360, height: 700 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

async function join(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Join the room" }).click();
  await page.getByRole("status").filter({ hasText: "Connected" }).waitFor();
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByLabel("Message", { exact: true }).press("Enter");
}

/** Waits until the page shows a message of somebody. */
async function shows(page: Page, text: string): Promise<void> {
  await page.locator("#log .text", { hasText: text }).first().waitFor();
}

function texts(page: Page): Promise<string[]> {
  return page.locator("#log .text").allTextContents();
}

describe("chat page", () => {
  test("two pages and a terminal talk to each other", async (t) => {
    const browser = await startBrowser(t);
    if (browser === undefined) return;
    const { url } = await startChat(t);
    const ada = await openPage(browser);
    const grace = await openPage(browser);
    await join(ada.page, `${url}/#tea`, "ada");
    await join(grace.page, `${url}/#tea`, "grace");
    const terminal = startTerminal(t, [`${url}/#tea`, "--name", "edith"]);
    await terminal.printed(/you are edith in #tea with ada, grace/);
    await ada.page.locator(".person").nth(2).waitFor();
    assert.deepEqual(await ada.page.locator(".person-name").allTextContents(), ["ada", "grace", "edith"]);

    await say(ada.page, "hello from a page");
    await shows(grace.page, "hello from a page");
    await terminal.printed(/ada: hello from a page/);
    terminal.type("hello from a terminal");
    await shows(ada.page, "hello from a terminal");
    await shows(grace.page, "hello from a terminal");
    assert.equal(await ada.page.locator("#log .own .text").count(), 1);
    assert.equal(await grace.page.locator("#log .own .text").count(), 0);

    terminal.type("/quit");
    assert.equal(await terminal.ended, 0);
    await ada.page.locator(".notice", { hasText: "edith left" }).waitFor();
    assert.equal(await ada.page.locator(".person").count(), 2);
    assert.deepEqual([...ada.faults, ...grace.faults], []);
  });

  test("whoever joins sees what was said before, and markup stays text", async (t) => {
    const browser = await startBrowser(t);
    if (browser === undefined) return;
    const { url } = await startChat(t);
    const markup = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>";
    const first = await openPage(browser);
    await join(first.page, url, "<b>ada</b>");
    await say(first.page, markup);
    await shows(first.page, "<img src=x");
    const second = await openPage(browser);
    await join(second.page, url, "grace");
    await shows(second.page, "<img src=x");
    assert.deepEqual(await texts(second.page), [markup]);
    assert.equal(await second.page.locator("#log img, #log script, #log b").count(), 0);
    assert.match(await second.page.title(), /^#lobby/);
    assert.deepEqual(second.faults, []);
  });

  test("a taken name gets a number, and a page that is loaded again comes back by itself", async (t) => {
    const browser = await startBrowser(t);
    if (browser === undefined) return;
    const { url } = await startChat(t);
    const first = await openPage(browser);
    const second = await openPage(browser);
    await join(first.page, url, "ada");
    await join(second.page, url, "Ada");
    await second.page.locator(".notice", { hasText: "Ada is taken here, so you are Ada-2" }).waitFor();
    await say(first.page, "still here");
    await shows(second.page, "still here");
    await first.page.reload();
    await first.page.getByRole("status").filter({ hasText: "Connected" }).waitFor();
    await shows(first.page, "still here");
    assert.equal(await first.page.evaluate("location.hash"), "#lobby");
  });

  test("pages reconnect to a restarted server, keep what was typed and go on without duplicates", async (t) => {
    const browser = await startBrowser(t);
    if (browser === undefined) return;
    const chat = await startChat(t);
    const doorway = await openDoorway(t);
    doorway.leadTo(chat.port);
    const ada = await openPage(browser);
    const grace = await openPage(browser);
    await join(ada.page, doorway.url, "ada");
    await join(grace.page, doorway.url, "grace");
    await say(ada.page, "before the restart");
    await shows(grace.page, "before the restart");

    doorway.leadTo(undefined);
    chat.program.signal("SIGTERM");
    assert.equal(await chat.program.ended, 0);
    await ada.page.getByText(/Connection lost. Trying again in \d+ s/).waitFor();
    await ada.page.getByLabel("Message", { exact: true }).fill("typed while offline");
    await ada.page.getByLabel("Message", { exact: true }).press("Enter");
    assert.equal(await ada.page.getByRole("button", { name: "Send" }).isDisabled(), true);
    assert.equal(await ada.page.getByLabel("Message", { exact: true }).inputValue(), "typed while offline");
    await takePicture(ada.page, "reconnecting");

    doorway.leadTo((await startChat(t)).port);
    for (const { page } of [ada, grace])
      await page.locator(".notice", { hasText: "connected again" }).waitFor();
    await grace.page.locator(".person").nth(1).waitFor();
    await ada.page.getByRole("button", { name: "Send" }).click();
    await shows(grace.page, "typed while offline");
    assert.deepEqual(await texts(grace.page), ["before the restart", "typed while offline"]);
    assert.deepEqual(await texts(ada.page), ["before the restart", "typed while offline"]);
    assert.deepEqual([...ada.faults, ...grace.faults], []);
  });

  test("a lost connection costs no message and shows none twice", async (t) => {
    const browser = await startBrowser(t);
    if (browser === undefined) return;
    const { url } = await startChat(t);
    const ada = await openPage(browser);
    const grace = await openPage(browser);
    // Lets the test cut the one connection of the page, at both ends, and refuse new ones for a while.
    let cut = async (): Promise<void> => {};
    let isCut = false;
    await ada.page.routeWebSocket(/.*/, (route) => {
      if (isCut) {
        void route.close({ code: 1011 });
        return;
      }
      const server = route.connectToServer();
      cut = async () => {
        isCut = true;
        await server.close();
        await route.close({ code: 1011 });
      };
    });
    await join(ada.page, url, "ada");
    await join(grace.page, url, "grace");
    await say(ada.page, "one");
    await shows(grace.page, "one");
    await cut();
    await ada.page.getByText(/Trying again in/).waitFor();
    await grace.page.locator(".notice", { hasText: "ada left" }).waitFor();
    await say(grace.page, "two, while ada is away");
    await shows(grace.page, "two, while");
    isCut = false;
    await ada.page.locator(".notice", { hasText: "connected again" }).waitFor();
    await shows(ada.page, "two, while");
    assert.deepEqual(await texts(ada.page), ["one", "two, while ada is away"]);
  });

  test("messages that are written too fast wait for their turn, in order", async (t) => {
    const browser = await startBrowser(t);
    if (browser === undefined) return;
    const { url } = await startChat(t);
    const { page } = await openPage(browser);
    await join(page, url, "ada");
    const lines = Array.from({ length: 11 }, (_, index) => `line ${index}`);
    for (const line of lines) await say(page, line);
    await shows(page, "line 10");
    assert.deepEqual(await texts(page), lines);
    assert.equal(await page.locator("#outbox .bubble").count(), 0);
  });

  test("a reader further up is not dragged down, and is told what is new", async (t) => {
    const browser = await startBrowser(t);
    if (browser === undefined) return;
    const { url } = await startChat(t);
    const ada = await openPage(browser, phone);
    await join(ada.page, url, "ada");
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`).join("\n");
    await say(ada.page, lines);
    await shows(ada.page, "line 39");
    const position = () => ada.page.locator("#scroller").evaluate((element) => element.scrollTop);
    const bottom = await position();
    assert.ok(bottom > 0, "the message does not fit the screen");
    await ada.page.locator("#scroller").evaluate((element) => element.scrollTo(0, 0));
    const terminal = startTerminal(t, [url, "--name", "edith"]);
    terminal.type("news");
    await ada.page.getByRole("button", { name: "1 new message" }).waitFor();
    assert.equal(await position(), 0);
    await ada.page.getByRole("button", { name: "1 new message" }).click();
    await ada.page.locator("#pill").waitFor({ state: "hidden" });
    assert.ok((await position()) > bottom);
  });
});

async function conversation(
  browser: Browser,
  url: string,
  options: Parameters<typeof openPage>[1],
): Promise<Page> {
  const { page, faults } = await openPage(browser, options);
  await join(page, `${url}/#garden`, "Ada");
  const grace = await openPage(browser);
  await join(grace.page, `${url}/#garden`, "Grace");
  await say(grace.page, "Good morning! Did anybody water the tomatoes?");
  await shows(page, "tomatoes");
  await say(page, "I did, at seven. The barrel is almost empty though.");
  await say(page, "We could open the sluice this evening.");
  await shows(grace.page, "sluice");
  const edith = await openPage(browser);
  await join(edith.page, `${url}/#garden`, "Edith");
  await say(
    edith.page,
    "Good idea. The creek is high after last night's rain, so half an hour should do for both beds.",
  );
  await say(edith.page, "I'll bring the boots.");
  await shows(page, "boots");
  await say(grace.page, "Then it's settled: six o'clock at the gate.\nWho has the key?");
  await shows(page, "the key");
  await say(page, "It hangs in the shed.");
  await shows(grace.page, "the shed");
  assert.deepEqual(faults, []);
  return page;
}

/** Nothing reaches beyond the sides of the screen, and everything that is pressed is large enough for a finger. */
async function assertFits(page: Page): Promise<void> {
  assert.equal(await page.evaluate("document.documentElement.scrollWidth"), page.viewportSize()?.width);
  for (const element of await page.locator("button:visible, input:visible, textarea:visible").all()) {
    const box = await element.boundingBox();
    assert.ok(
      box !== null && box.height >= 40,
      `${await element.getAttribute("id")} is ${box?.height} pixels high`,
    );
  }
}

for (const [device, options] of [
  ["desktop", {}],
  ["phone", phone],
] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`chat page fits a ${device} with ${colorScheme} colours`, async (t) => {
      const browser = await startBrowser(t);
      if (browser === undefined) return;
      const { url } = await startChat(t);
      const entrance = await openPage(browser, { ...options, colorScheme });
      await entrance.page.goto(url);
      await entrance.page.getByRole("heading", { name: "Come on in" }).waitFor();
      await assertFits(entrance.page);
      await takePicture(entrance.page, `entry-${device}-${colorScheme}`);
      const page = await conversation(browser, url, { ...options, colorScheme });
      await assertFits(page);
      await takePicture(page, `chat-${device}-${colorScheme}`);
      if (device === "phone") {
        await page.getByRole("button", { name: "people in this room" }).click();
        await page.locator(".person", { hasText: "Edith" }).waitFor();
        await takePicture(page, `people-${device}-${colorScheme}`);
        await page.keyboard.press("Escape");
        await page.locator("#people").waitFor({ state: "hidden" });
      }
    });
  }
}
