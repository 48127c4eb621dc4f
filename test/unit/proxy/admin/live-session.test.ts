import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LiveSession } from "#src/proxy/admin/live-session.js";
import { Lookout } from "#src/proxy/admin/lookout.js";
import type { ProxyView } from "#src/proxy/admin/proxy-view.js";
import type { FrameAudience } from "#src/proxy/tap/frame-audience.js";
import { VirtualClock } from "../../../support/virtual-clock.js";
import { connection, viewWith } from "./fake-view.js";

type Told = Record<string, unknown> & { type: string };

function open(view: ProxyView = viewWith({ connections: [connection(1), connection(2)] })): {
  session: LiveSession;
  told: Told[];
  clock: VirtualClock;
  page: { bufferedAmount: number };
} {
  const clock = new VirtualClock();
  const told: Told[] = [];
  const page = { bufferedAmount: 0, send: (text: string) => told.push(JSON.parse(text)) };
  const session = new LiveSession({ view, facts: process, clock, lookout: new Lookout(clock) }, page);
  session.start();
  return { session, told, clock, page };
}

describe("a page that watches", () => {
  test("gets a snapshot at once and each second, until it is gone", () => {
    const { session, told, clock } = open();
    assert.deepEqual(
      [told[0].type, told[0].open, (told[0].connections as unknown[]).length],
      ["snapshot", 2, 2],
    );
    clock.advance(1000);
    assert.equal(told.length, 2);
    session.end();
    clock.advance(5000);
    assert.equal(told.length, 2);
    assert.equal(clock.timerCount, 0);
  });

  test("chooses which connections it is shown", () => {
    const { session, told, clock } = open();
    clock.advance(100);
    session.receive('{"type":"list","query":{"sort":"id","order":"ascending","limit":1}}');
    assert.deepEqual([told[1].matching, (told[1].connections as { id: number }[])[0].id], [2, 1]);
  });

  test("that asks again and again is answered once in a while, its last question", () => {
    const { session, told, clock } = open();
    for (let limit = 1; limit <= 1000; limit++)
      session.receive(JSON.stringify({ type: "list", query: { limit: 1 + (limit % 2) } }));
    assert.equal(told.length, 1);
    clock.advance(100);
    assert.deepEqual([told.length, (told[1].connections as unknown[]).length], [2, 1]);
    clock.advance(900);
    assert.equal(told.length, 2);
    clock.advance(100);
    assert.equal(told.length, 3);
    session.end();
  });

  test("gets nothing more while it does not read", () => {
    const { session, told, clock, page } = open();
    page.bufferedAmount = 1_000_000;
    clock.advance(10_000);
    assert.equal(told.length, 1);
    page.bufferedAmount = 0;
    clock.advance(1000);
    assert.equal(told.length, 2);
    session.end();
  });

  test("is told of what it cannot watch, and of what is no command", () => {
    const { session, told } = open(viewWith({ watch: (id) => (id === 1 ? "gone" : "blind") }));
    for (const text of [
      '{"type":"watch","id":1}',
      '{"type":"watch","id":2}',
      '{"type":"watch"}',
      "[]",
      "{",
      '{"type":"x"}',
    ])
      session.receive(text);
    const problems = told.slice(1).map(({ type, text }) => `${type}: ${text}`);
    assert.deepEqual(problems, [
      "problem: connection 1 is over",
      "problem: the frames of connection 2 are not told apart (isMetered is off)",
      'problem: watch takes the number of a connection, as in { "type": "watch", "id": 7 }',
      "problem: a command is one JSON object",
      "problem: a command is one JSON object",
      "problem: there are list, watch, arm and leave",
    ]);
    session.end();
  });

  test("is told of a route that is not there, and waits for nothing", () => {
    const { session, told } = open(viewWith({ arm: () => false }));
    session.receive('{"type":"arm","route":"chta"}');
    const { type, text } = told[1];
    assert.equal(type, "problem");
    assert.match(text as string, /^no route is called "chta"; there are /);
    session.end();
  });

  test("is told of the end behind the last frames, also when it is slow", () => {
    let audience: FrameAudience | undefined;
    const view = viewWith({
      watch: (_id, from) => {
        audience = from;
        return "watched";
      },
    });
    const { session, told, clock, page } = open(view);
    session.receive('{"type":"watch","id":1}');
    page.bufferedAmount = 1_000_000;
    audience?.frame({ t: 1, from: "client", type: "text", data: "hello" });
    audience?.ended();
    clock.advance(500);
    assert.equal(told.length, 1);
    page.bufferedAmount = 0;
    clock.advance(100);
    assert.deepEqual(
      told.slice(1).map(({ type }) => type),
      ["frames", "ended"],
    );
    session.end();
  });

  test("gets the frames that it has asked for, and leaves when it ends", () => {
    const log: string[] = [];
    let audience: FrameAudience | undefined;
    const view = viewWith({
      watch: (_id, from) => {
        audience = from;
        from.started(connection(1));
        return "watched";
      },
      arm: (route) => log.push(`arm ${route}`) > 0,
      leave: () => log.push("leave"),
    });
    const { session, told } = open(view);
    session.receive('{"type":"watch","id":1}');
    audience?.frame({ t: 1, from: "client", type: "text", data: "hello" });
    audience?.ended();
    session.receive('{"type":"arm","route":"chat"}');
    session.receive('{"type":"leave"}');
    session.end();
    assert.deepEqual(
      told.slice(1).map(({ type }) => type),
      ["watching", "frames", "ended", "armed", "left"],
    );
    assert.deepEqual(log, ["arm chat", "leave", "leave"]);
  });
});
