// Families 9 and 10: large messages, many fragments, many messages, small pieces of TCP, and the limits that a server
// or client has for all of it (RFC 6455 §5.4, §7.4.1, §10.4).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { binary, continuation, type OutgoingFrame, ping, pong, text } from "../support/wire-frame.js";
import { type Role, useEchoEnds } from "./echo-ends.js";
import { expectEnding, type WireCase, wireTests, withSession } from "./wire-case.js";
import { fragmented, receiveMessage } from "./wire-message.js";

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const kinds = [
  ["text", text],
  ["binary", binary],
] as const;

const size = (bytes: number): string =>
  bytes >= mebibyte
    ? `${bytes / mebibyte} MiB`
    : bytes >= kibibyte
      ? `${bytes / kibibyte} KiB`
      : `${bytes} bytes`;
/** Text of two-byte characters that no size below cuts. */
const content = (bytes: number): Buffer => Buffer.alloc(bytes, "é");

const large: WireCase[] = kinds.flatMap(([kind, make]) =>
  [64 * kibibyte, 256 * kibibyte, mebibyte, 4 * mebibyte, 8 * mebibyte, 16 * mebibyte].map((bytes) => ({
    name: `echoes a ${kind} message of ${size(bytes)}`,
    section: "RFC 6455 §5.2",
    sends: [make(content(bytes))],
    receives: [make(content(bytes))],
  })),
);

const fragments: WireCase[] = kinds.flatMap(([kind, make]) =>
  [64, 256, kibibyte, 4 * kibibyte, 16 * kibibyte, 64 * kibibyte, 256 * kibibyte, mebibyte, 4 * mebibyte].map(
    (part) => ({
      name: `joins a ${kind} message of 4 MiB from fragments of ${size(part)}`,
      section: "RFC 6455 §5.4",
      sends: fragmented(make(content(4 * mebibyte)), part),
      receives: [make(content(4 * mebibyte))],
      arrivals: ["together"],
    }),
  ),
);

const pieces: WireCase[] = kinds.flatMap(([kind, make]) =>
  [64, 128, 256, 512, kibibyte, 2 * kibibyte].map((piece) => ({
    name: `echoes a ${kind} message of 1 MiB that arrives in pieces of ${piece}`,
    section: "RFC 6455 §5.2",
    sends: [make(content(mebibyte))],
    receives: [make(content(mebibyte))],
    arrivals: [piece],
  })),
);

const many: WireCase[] = kinds.flatMap(([kind, make]) =>
  [0, 16, 64, 256, kibibyte, 4 * kibibyte].map((bytes) => ({
    name: `echoes 1000 ${kind} messages of ${size(bytes)} in their order`,
    section: "RFC 6455 §6.2",
    sends: numbered(make, bytes),
    receives: numbered(make, bytes),
    arrivals: ["together"],
  })),
);

/** A thousand messages that begin with their number where there is room for it. */
function numbered(make: typeof text, bytes: number): OutgoingFrame[] {
  return Array.from({ length: 1000 }, (_, i) => {
    const payload = Buffer.alloc(bytes, "*");
    payload.write(`${i} é`);
    return make(payload);
  });
}

const iterated: WireCase[] = kinds.map(([kind, make]) => ({
  name: `echoes 1000 ${kind} messages from its iterator, and more than its queue holds`,
  section: "RFC 6455 §6.2",
  sends: numbered(make, 4 * kibibyte),
  receives: numbered(make, 4 * kibibyte),
  arrivals: ["together", 1460],
  roles: ["client"],
  open: { isIterating: true },
}));

const limits: WireCase[] = kinds.flatMap(([kind, make]): WireCase[] => [
  {
    name: `echoes a ${kind} message of exactly maxMessageBytes`,
    section: "RFC 6455 §10.4",
    sends: [make(content(mebibyte))],
    receives: [make(content(mebibyte))],
  },
  {
    name: `echoes a ${kind} message of exactly maxMessageBytes in fragments`,
    section: "RFC 6455 §10.4",
    sends: fragmented(make(content(mebibyte)), 1000),
    receives: [make(content(mebibyte))],
    arrivals: ["together"],
  },
  {
    name: `refuses a ${kind} message of one byte more with 1009`,
    section: "RFC 6455 §7.4.1, §10.4",
    sends: [make(Buffer.alloc(mebibyte + 1, "*"))],
    ending: { fails: 1009 },
  },
  {
    name: `refuses a ${kind} message of one byte more with 1009 by its header`,
    section: "RFC 6455 §7.4.1, §10.4",
    sends: [make("", { announcedLength: mebibyte + 1 })],
    ending: { fails: 1009 },
  },
  {
    name: `refuses a ${kind} message of one byte more with 1009 by the header of its last fragment`,
    section: "RFC 6455 §7.4.1, §10.4",
    sends: [make(content(mebibyte), { fin: false }), continuation("", { announcedLength: 1 })],
    ending: { fails: 1009 },
  },
  {
    name: `joins a ${kind} message of exactly maxFragments frames`,
    section: "RFC 6455 §10.4",
    sends: fragmented(make(content(16_384)), 1),
    receives: [make(content(16_384))],
    arrivals: ["together"],
  },
  {
    name: `refuses a ${kind} message of one fragment more with 1008`,
    section: "RFC 6455 §7.4.1, §10.4",
    sends: fragmented(make(content(16_386)), 1),
    ending: { fails: 1008 },
    arrivals: ["together"],
  },
  {
    name: `refuses a ${kind} message of one empty fragment more with 1008`,
    section: "RFC 6455 §7.4.1, §10.4",
    sends: [make("", { fin: false }), ...Array(16_384).fill(continuation("", { fin: false }))],
    ending: { fails: 1008 },
    arrivals: ["together"],
  },
]);

describe("family 9, volume", () => {
  const generous = { maxMessageBytes: 16 * mebibyte, maxFragments: 65_536, maxBufferedBytes: 64 * mebibyte };
  const ends = useEchoEnds(generous);
  wireTests(ends, [...large, ...fragments]);
  wireTests(ends, [...pieces, ...many, ...iterated]);
});

describe("family 9, limits", () => {
  const ends = useEchoEnds();
  wireTests(ends, limits);
});

describe("family 10, messages that the library sends in fragments", () => {
  const ends = useEchoEnds();
  for (const role of ["server", "client"] satisfies Role[]) {
    for (const [kind, make] of kinds) {
      for (const [bytes, part] of [
        [65_536, 1300],
        [65_536, 65_536],
        [1000, 1],
        [200_000, 70_001],
      ]) {
        const name = `RFC 6455 §5.4: a ${role} sends a ${kind} message of ${bytes} bytes in fragments of ${part}`;
        test(name, { timeout: 20_000 }, () =>
          withSession(ends(), role, undefined, async (session) => {
            const whole = make(content(bytes));
            const parts = fragmented(whole, part).map((each) => Buffer.from(each.payload));
            const sending = session.connection.sendStream(parts, { binary: kind === "binary" });
            const { opcode, rsv, payload, fragments, controls } = await receiveMessage(session.peer);
            await sending;
            assert.deepEqual({ opcode, rsv, controls }, { opcode: whole.opcode, rsv: 0, controls: [] });
            assert.ok(payload.equals(whole.payload));
            assert.ok(fragments >= parts.length, `${parts.length} parts came in ${fragments} frames`);
            await expectEnding(ends(), session, "stays open");
          }),
        );
      }
    }

    test(
      `RFC 6455 §5.4: a ${role} answers a ping between the fragments that it sends`,
      { timeout: 20_000 },
      () =>
        withSession(ends(), role, undefined, async (session) => {
          let isPinged = (): void => {};
          const pinged = new Promise<void>((resolve) => {
            isPinged = resolve;
          });
          async function* parts(): AsyncGenerator<string> {
            yield "begin";
            await pinged;
            yield " end";
          }
          const sending = session.connection.sendStream(parts());
          assert.equal((await session.peer.nextFrame())?.fin, false);
          await session.peer.send([ping("between"), text("an echo has to wait")]);
          const answer = await session.peer.nextFrame();
          assert.deepEqual([answer?.opcode, String(answer?.payload)], [pong().opcode, "between"]);
          isPinged();
          await sending;
          const rest: string[] = [];
          for (let fin = false; !fin; ) {
            const received = await session.peer.nextFrame();
            assert.equal(received?.opcode, 0);
            rest.push(String(received?.payload));
            fin = received?.fin ?? true;
          }
          assert.equal(rest.join(""), " end");
          assert.equal(String((await receiveMessage(session.peer)).payload), "an echo has to wait");
          await expectEnding(ends(), session, "stays open");
        }),
    );
  }
});
