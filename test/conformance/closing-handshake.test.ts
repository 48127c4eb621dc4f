// Family 7, the handshake: a Close that the library sends first, both at once, and TCP that ends without one
// (RFC 6455 §5.5.1, §7.1).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { binary, close, continuation, type OutgoingFrame, ping, text } from "../support/wire-frame.js";
import { type EchoEnds, type EchoSession, type Role, useEchoEnds } from "./echo-ends.js";
import { expectEnding, expectFrames, expectStreamEnd, expectTcpOrder, withSession } from "./wire-case.js";

const roles: readonly Role[] = ["server", "client"];
const timeout = 20_000;

/** A session of the role for a test that it makes. */
function sessionTest(name: string, ends: () => EchoEnds, run: (session: EchoSession) => Promise<void>): void {
  for (const role of roles) {
    test(name.replace("$role", role), { timeout }, () => withSession(ends(), role, undefined, run));
  }
}

describe("family 7, the closing handshake", () => {
  const ends = useEchoEnds();

  for (const code of [
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
  ]) {
    for (const reason of ["", "a reason", "é".repeat(61)]) {
      const name = `RFC 6455 §7.1.2: a $role sends Close ${code} with ${Buffer.byteLength(reason)} bytes of reason`;
      sessionTest(`${name} and ends as it should`, ends, async (session) => {
        void session.connection.close(code, reason);
        await expectFrames(session, [close(code, reason)]);
        await session.peer.send([close(code)]);
        await expectTcpOrder(ends(), session);
        const info = await session.connection.closed;
        assert.deepEqual([info.code, info.wasClean, info.sent], [code, true, { code, reason }]);
      });
    }
  }

  sessionTest("RFC 6455 §7.1.1: a $role does not end TCP before the peer's Close", ends, async (session) => {
    void session.connection.close(1000);
    await expectFrames(session, [close(1000)]);
    await ends().settle();
    assert.equal(session.peer.hasEnded, false);
    await session.peer.send([close(1000)]);
    await expectTcpOrder(ends(), session);
  });

  sessionTest(
    "RFC 6455 §7.1.5: a $role takes the code of the peer's Close, also when it answers",
    ends,
    async (session) => {
      void session.connection.close(4001, "mine");
      await expectFrames(session, [close(4001, "mine")]);
      await session.peer.send([close(4002, "yours")]);
      await expectTcpOrder(ends(), session);
      const { code, reason, sent, received } = await session.connection.closed;
      assert.deepEqual({ code, reason }, { code: 4002, reason: "yours" });
      assert.deepEqual([sent?.code, received?.code], [4001, 4002]);
    },
  );

  const late: [string, readonly OutgoingFrame[]][] = [
    ["messages", [text("late"), binary("late")]],
    ["an unfinished message", [text("begin", { fin: false })]],
    ["a fragmented message", [text("begin", { fin: false }), continuation("end")]],
    ["pings", [ping("late"), ping("later")]],
  ];
  for (const [label, frames] of late) {
    const name = `RFC 6455 §5.5.1: a $role sends nothing behind its Close for ${label} that come before the peer's`;
    sessionTest(name, ends, async (session) => {
      void session.connection.close(1000);
      await expectFrames(session, [close(1000)]);
      await session.peer.send([...frames, close(1000)]);
      await expectTcpOrder(ends(), session);
      assert.equal((await session.connection.closed).wasClean, true);
      assert.equal(session.connection.context.delivered, 0);
    });
  }

  sessionTest(
    "RFC 6455 §5.5.1: a $role sends what was sent before its Close, and nothing after",
    ends,
    async (session) => {
      session.connection.send("one");
      session.connection.send(Buffer.from("two"));
      void session.connection.close(1000);
      assert.equal(session.connection.send("three"), "dropped");
      await expectFrames(session, [text("one"), binary("two"), close(1000)]);
      await session.peer.send([close(1000)]);
      await expectTcpOrder(ends(), session);
    },
  );

  sessionTest(
    "RFC 6455 §7.1.3: a $role sends one Close when both ends send theirs at once",
    ends,
    async (session) => {
      const sent = session.peer.send([close(3000)]);
      void session.connection.close(4000);
      await expectFrames(session, [close(4000)]);
      await sent;
      await expectTcpOrder(ends(), session);
      const { code, wasClean } = await session.connection.closed;
      assert.deepEqual({ code, wasClean }, { code: 3000, wasClean: true });
    },
  );

  sessionTest(
    "RFC 6455 §5.5.1: a $role fails on a wrong frame behind its own Close without a second one",
    ends,
    async (session) => {
      void session.connection.close(1000);
      await expectFrames(session, [close(1000)]);
      await session.peer.send([text("wrong", { rsv: 7 })]);
      await expectStreamEnd(session);
      session.peer.end();
      const { code, wasClean } = await session.connection.closed;
      assert.deepEqual({ code, wasClean }, { code: 1006, wasClean: false });
    },
  );

  const cuts: [string, (session: EchoSession) => Buffer][] = [
    ["between two frames", () => Buffer.alloc(0)],
    ["inside the header of a frame", () => Buffer.of(0x81)],
    ["inside a frame", ({ peer }) => peer.encode(text("begin", { announcedLength: 100 }))],
    ["inside a message", ({ peer }) => peer.encode(text("begin", { fin: false }))],
    ["inside a Close", ({ peer }) => peer.encode(close(1000)).subarray(0, -1)],
  ];
  for (const [label, bytes] of cuts) {
    const name = `RFC 6455 §7.1.5: a $role has the code 1006 when TCP ends ${label}, and ends it too`;
    sessionTest(name, ends, async (session) => {
      await session.peer.writePieces([session.peer.encode(text("whole")), bytes(session)]);
      session.peer.end();
      await expectFrames(session, [text("whole")]);
      await expectStreamEnd(session);
      const { code, wasClean, sent, received } = await session.connection.closed;
      assert.deepEqual(
        { code, wasClean, sent, received },
        { code: 1006, wasClean: false, sent: undefined, received: undefined },
      );
    });
  }

  sessionTest("RFC 6455 §7.1.7: a $role ignores a Close that answers its failure", ends, async (session) => {
    await session.peer.send([text("wrong", { rsv: 1 }), close(1002), text("after")]);
    await expectEnding(ends(), session, { fails: 1002 });
  });

  sessionTest(
    "RFC 6455 §7.1.7: a $role does not wait for a Close after its failure",
    ends,
    async (session) => {
      await session.peer.send([text("begin", { fin: false }), text("wrong")]);
      await expectEnding(ends(), session, { fails: 1002 });
    },
  );
});
