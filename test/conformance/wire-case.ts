// A case as a row of a table, and the one procedure that every row goes through: what the peer sends, every frame that
// comes back, which Close ends it, who ends TCP, and what the library's own user is told.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { close, type OutgoingFrame, opcodes, ping, pong, type WireFrame } from "../support/wire-frame.js";
import type { Arrival } from "../support/wire-peer.js";
import type { EchoEnds, EchoSession, OpenOptions, Role } from "./echo-ends.js";

/** How a case ends: the connection is still good, or the library fails it, or it answers the peer's Close. */
export type Ending = "stays open" | { readonly fails: number } | { readonly answers: number | undefined };

export interface WireCase {
  /** A predicate, behind "a server" or "a client". */
  readonly name: string;
  readonly section: string;
  readonly sends: readonly OutgoingFrame[];
  /** Every frame that comes back, apart from the Close of the ending. Default none. */
  readonly receives?: readonly WireFrame[];
  /** Default "stays open". */
  readonly ending?: Ending;
  /** Messages that reach the application. Default: as many as `receives` holds. */
  readonly delivered?: number;
  /** Default: in one write, frame by frame, and byte by byte when that is not too long. */
  readonly arrivals?: readonly Arrival[];
  /** Default both. */
  readonly roles?: readonly Role[];
  readonly open?: OpenOptions;
}

const caseTimeoutMs = 10_000;
/** Up to this many bytes are also sent one at a time. */
const maxSingleBytes = 400;

/** A test for each case and role. Names must differ. */
export function wireTests(ends: () => EchoEnds, cases: readonly WireCase[]): void {
  const names = new Set<string>();
  for (const wireCase of cases) {
    for (const role of wireCase.roles ?? (["server", "client"] as const)) {
      const name = `${wireCase.section}: a ${role} ${wireCase.name}`;
      assert.ok(!names.has(name), `two cases are named "${name}"`);
      names.add(name);
      test(name, { timeout: caseTimeoutMs }, async () => {
        for (const arrival of wireCase.arrivals ?? usualArrivals(wireCase.sends)) {
          await runCase(ends(), role, wireCase, arrival).catch((error: Error) => {
            error.message = `sent ${typeof arrival === "number" ? `in pieces of ${arrival}` : arrival}: ${error.message}`;
            throw error;
          });
        }
      });
    }
  }
}

function usualArrivals(frames: readonly OutgoingFrame[]): Arrival[] {
  const byteLength = frames.reduce((sum, { payload }) => sum + payload.length + 14, 0);
  const arrivals: Arrival[] = frames.length > 1 ? ["together", "frame by frame"] : ["together"];
  return byteLength <= maxSingleBytes ? [...arrivals, 1] : arrivals;
}

async function runCase(ends: EchoEnds, role: Role, wireCase: WireCase, arrival: Arrival): Promise<void> {
  const { sends, receives = [], ending = "stays open" } = wireCase;
  await withSession(ends, role, wireCase.open, async (session) => {
    const sent = session.peer.send(sends, arrival);
    await expectFrames(session, receives);
    await sent;
    await expectEnding(ends, session, ending);
    const messages = receives.filter(({ opcode, fin }) => fin && opcode < opcodes.close).length;
    assert.equal(session.connection.context.delivered, wireCase.delivered ?? messages, "messages delivered");
  });
}

/** Runs with a connection of its own, which nobody holds afterwards. */
export async function withSession(
  ends: EchoEnds,
  role: Role,
  options: OpenOptions | undefined,
  run: (session: EchoSession) => Promise<void>,
): Promise<void> {
  const session = await ends.open(role, options);
  try {
    await run(session);
  } finally {
    session.peer.destroy();
    session.connection.terminate();
  }
}

export async function expectFrames({ peer }: EchoSession, expected: readonly WireFrame[]): Promise<void> {
  for (const each of expected) assert.equal(describeFrame(await peer.nextFrame()), describeFrame(each));
}

export async function expectEnding(ends: EchoEnds, session: EchoSession, ending: Ending): Promise<void> {
  if (ending === "stays open") await expectOpen(ends, session);
  else if ("fails" in ending) await expectFailure(session, ending.fails);
  else await expectAnsweredClose(ends, session, ending.answers);
}

/** A ping comes back as the very next thing, and the closing handshake goes as it should. */
async function expectOpen(ends: EchoEnds, session: EchoSession): Promise<void> {
  await session.peer.send([ping("still there?")]);
  await expectFrames(session, [pong("still there?")]);
  await session.peer.send([close(1000)]);
  await expectAnsweredClose(ends, session, 1000);
}

/** RFC 6455 §7.1.7: a Close with the code and nothing else, and the end of TCP without waiting for the peer. */
async function expectFailure(session: EchoSession, code: number): Promise<void> {
  await expectFrames(session, [close(code)]);
  await expectStreamEnd(session);
  session.peer.end();
  const info = await session.connection.closed;
  assert.deepEqual(pick(info), { code: 1006, wasClean: false, sent: code, received: undefined });
}

/** The peer has sent a Close. RFC 6455 §7.1.1: the server ends TCP first, the client waits for that. */
async function expectAnsweredClose(
  ends: EchoEnds,
  session: EchoSession,
  code: number | undefined,
): Promise<void> {
  await expectFrames(session, [close(code)]);
  await expectTcpOrder(ends, session);
  const info = await session.connection.closed;
  const reported = code ?? 1005;
  assert.deepEqual(pick(info), { code: reported, wasClean: true, sent: reported, received: reported });
}

/** Both Close frames have passed. */
export async function expectTcpOrder(ends: EchoEnds, session: EchoSession): Promise<void> {
  if (session.role === "client") {
    await ends.settle();
    assert.equal(session.peer.hasEnded, false, "a client waits for the server to end TCP");
    session.peer.end();
    await expectStreamEnd(session);
  } else {
    await expectStreamEnd(session);
    session.peer.end();
  }
}

export async function expectStreamEnd({ peer }: EchoSession): Promise<void> {
  assert.equal(describeFrame(await peer.nextFrame()), "the end of the stream");
}

function pick(info: Awaited<EchoSession["connection"]["closed"]>): object {
  const { code, wasClean, sent, received } = info;
  return { code, wasClean, sent: sent?.code, received: received?.code };
}

const namesByOpcode = new Map(
  Object.entries(opcodes).map(([name, opcode]): [number, string] => [opcode, name]),
);

/** All that a frame says, in one line; long payloads by their hash. */
export function describeFrame(received: WireFrame | undefined): string {
  if (received === undefined) return "the end of the stream";
  const { opcode, payload, fin, rsv } = received;
  const content =
    payload.length <= 160
      ? Buffer.from(payload).toString("hex")
      : createHash("sha1").update(payload).digest("base64");
  return `${namesByOpcode.get(opcode) ?? opcode}${fin ? "" : " without FIN"}, RSV ${rsv}, ${payload.length} bytes ${content}`;
}
