import assert from "node:assert/strict";
import { connect as connectSocket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, test } from "node:test";
import { connect } from "sluice";
import { Guest } from "../support/chat-guest.js";
import { startChat } from "../support/terminal.js";

describe("chat server", () => {
  test("serves the page with headers that let nothing foreign in", async (t) => {
    const { url } = await startChat(t);
    const page = await fetch(url);
    assert.equal(page.status, 200);
    assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(page.headers.get("x-content-type-options"), "nosniff");
    assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'; script-src 'self';/);
    const html = await page.text();
    assert.doesNotMatch(html, /<script(?![^>]* src=)|<style| style=| on\w+=/);
    const script = await fetch(`${url}/chat.js?v=1`);
    assert.equal(script.headers.get("content-type"), "text/javascript; charset=utf-8");
    assert.match(await script.text(), /^import /m);
    assert.equal((await fetch(url, { method: "HEAD" })).status, 200);
    const post = await fetch(url, { method: "POST", body: "x" });
    assert.deepEqual([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
  });

  test("serves nothing beside the page's files", async (t) => {
    const { port } = await startChat(t);
    for (const path of [
      "/../server.js",
      "/..%2fserver.js",
      "/%2e%2e/chat.js",
      "//etc/passwd",
      "/public",
      "/__proto__",
    ]) {
      const socket = connectSocket(port, "127.0.0.1");
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      assert.match(await text(socket), /^HTTP\/1\.1 404 /, path);
    }
  });

  test("answers each of many simultaneous requests to the one who asked", async (t) => {
    const { port } = await startChat(t);
    const paths = ["/", "/chat.js", "/dom.js", "/style.css", "/icon.svg", "/none"];
    const ask = (path: string): Promise<string> => {
      const socket = connectSocket(port, "127.0.0.1");
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      return text(socket);
    };
    const withoutDate = (answer: string): string => answer.replace(/^Date: .*$/m, "");
    const expected = new Map<string, string>();
    for (const path of paths) expected.set(path, withoutDate(await ask(path)));
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(paths.map(ask));
      for (const [index, path] of paths.entries())
        assert.equal(withoutDate(answers[index]), expected.get(path), path);
    }
  });

  test("refuses the pages of other sites", async (t) => {
    const { url } = await startChat(t);
    await assert.rejects(connect(url, { origin: "https://elsewhere.example" }), { status: 403 });
  });

  test("answers what it does not understand and goes on", async (t) => {
    const { url } = await startChat(t);
    const guest = await Guest.arrive(t, url);
    guest.ws.send("{");
    assert.equal(await guest.nextCode(), "bad-message");
    guest.ws.send(new Uint8Array([0x7b, 0x7d]));
    assert.equal(await guest.nextCode(), "bad-message");
    for (const wrong of [
      null,
      [],
      "text",
      1,
      {},
      { type: "__proto__" },
      { type: "say", text: 1 },
      { type: "say", ref: {} },
    ]) {
      guest.send(wrong as object);
      assert.equal(await guest.nextCode(), "bad-message", JSON.stringify(wrong));
    }
    const other = await Guest.join(t, url, "ada");
    assert.deepEqual((await other.next("joined")).members, ["ada"]);
    other.send({ type: "join", room: "tea", name: "ada", session: "short" });
    assert.equal(await other.nextCode(), "bad-message");
  });

  test("refuses names and rooms that cannot be shown", async (t) => {
    const { url } = await startChat(t);
    const names = ["", "   ", "a\u001bb", "a\u202eb", "a\u200bb", "\ud800", "x".repeat(25), 5];
    const guest = await Guest.arrive(t, url);
    for (const name of names) {
      guest.send({ type: "join", room: "tea", name });
      assert.equal(await guest.nextCode(), "bad-name", JSON.stringify(name));
    }
    const other = await Guest.arrive(t, url);
    for (const room of ["", "#tea", "a b", "../x", "__proto__", "x".repeat(33), null]) {
      other.send({ type: "join", room, name: "ada" });
      assert.equal(await other.nextCode(), "bad-room", JSON.stringify(room));
    }
    other.send({ type: "join", room: "Tëa", name: "  Żółw   日本  " });
    assert.equal((await other.next("joined")).name, "Żółw 日本");
  });

  test("refuses messages that are empty, too long or from nowhere, and names them", async (t) => {
    const { url } = await startChat(t);
    const guest = await Guest.arrive(t, url);
    guest.send({ type: "say", text: "hello", ref: "a" });
    assert.deepEqual(
      { ...(await guest.next("error")), text: "" },
      { type: "error", code: "not-joined", text: "", ref: "a" },
    );
    guest.send({ type: "rename", name: "ada" });
    assert.equal(await guest.nextCode(), "not-joined");
    guest.send({ type: "join", room: "tea", name: "ada" });
    guest.send({ type: "say", text: " \n ", ref: "b" });
    assert.deepEqual(
      { ...(await guest.next("error")), text: "" },
      { type: "error", code: "empty", text: "", ref: "b" },
    );
    guest.send({ type: "say", text: "x".repeat(2001), ref: "c" });
    const { code, text: complaint, ref } = await guest.next("error");
    assert.deepEqual([code, ref], ["too-long", "c"]);
    assert.match(complaint ?? "", /2001 characters; 2000 are allowed/);
    guest.send({ type: "say", text: "y".repeat(2000), ref: "d" });
    assert.equal((await guest.next("message")).ref, "d");
    guest.send({ type: "say", text: "z".repeat(20_000) });
    assert.equal((await guest.ws.closed).sent?.code, 1009);
  });

  test("slows down who is too fast, and puts out who does not listen", async (t) => {
    const { url } = await startChat(t);
    const guest = await Guest.join(t, url, "ada");
    await guest.next("joined");
    for (let count = 0; count < 12; count++) guest.send({ type: "say", text: `${count}`, ref: `${count}` });
    for (let count = 0; count < 9; count++) assert.equal((await guest.next("message")).text, `${count}`);
    const refusal = await guest.next("error");
    assert.deepEqual([refusal.code, refusal.ref], ["too-fast", "9"]);
    assert.ok(refusal.retryMs !== undefined && refusal.retryMs > 0 && refusal.retryMs < 5000);
    for (let count = 0; count < 60; count++) guest.send({ type: "say", text: "again" });
    const { code, reason } = await guest.ws.closed;
    assert.deepEqual([code, reason], [1008, "too many messages"]);
  });

  test("tells newcomers the last 50 messages", async (t) => {
    const { url } = await startChat(t);
    const expected: string[] = [];
    for (let speaker = 0; speaker < 7; speaker++) {
      const guest = await Guest.join(t, url, `speaker ${speaker}`);
      for (let count = 0; count < 9; count++) {
        const words = `${speaker} says ${count}`;
        expected.push(words);
        guest.send({ type: "say", text: words });
        await guest.next("message");
      }
      await guest.ws.close();
    }
    const { history = [] } = await (await Guest.join(t, url, "late")).next("joined");
    assert.deepEqual(
      history.map((message) => message.text),
      expected.slice(-50),
    );
    assert.equal(new Set(history.map(({ id }) => id)).size, 50);
  });

  test("keeps no more than 64 KiB of messages", async (t) => {
    const { url } = await startChat(t);
    for (const name of ["ada", "grace"]) {
      const guest = await Guest.join(t, url, name);
      for (let count = 0; count < 9; count++) {
        guest.send({ type: "say", text: `${name} ${count} ${"水".repeat(1980)}` });
        await guest.next("message");
      }
    }
    const { history = [] } = await (await Guest.join(t, url, "late")).next("joined");
    assert.ok(Buffer.byteLength(JSON.stringify(history)) < 65_536 + 100);
    assert.match(history.at(-1)?.text ?? "", /^grace 8 /);
    assert.ok(history.length >= 10);
  });
});
