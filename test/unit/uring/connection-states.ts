// What a connection may be in the middle of when it is destroyed.

import assert from "node:assert/strict";
import { EAGAIN, ECONNRESET } from "../../support/fake-kernel.js";
import { turns } from "../transport/recording-sink.js";
import { CountedLease, type FakeConnection, LARGE_BYTES } from "./fake-connection.js";

/** Brings a receiving connection into a state; answers the leases of what it wrote. */
export type State = (connection: FakeConnection) => CountedLease[] | Promise<CountedLease[]>;

export function write({ transport }: FakeConnection, ...texts: string[]): CountedLease[] {
  return texts.map((text) => {
    const lease = new CountedLease(Buffer.from(text));
    assert.equal(transport.write(lease.bytes, lease), false);
    return lease;
  });
}

/** What a connection may be at that the kernel receives for. */
export const receivingStates: Record<string, State> = {
  receiving: () => [],
  "receiving again": async (connection) => {
    connection.bring("hello", false);
    await turns(2);
    return [];
  },
  "having written, before the turn is over": (connection) => write(connection, "one"),
  sending: async (connection) => {
    const leases = write(connection, "one");
    await turns(2);
    return leases;
  },
  "sending, with more to send": async (connection) => {
    const leases = write(connection, "one", "two", "three");
    await turns(2);
    return leases;
  },
  "sending the rest": async (connection) => {
    const leases = write(connection, "one", "two");
    await turns(2);
    connection.sent(1);
    await turns(2);
    return leases;
  },
  "sending again": async (connection) => {
    const leases = write(connection, "one");
    await turns(2);
    connection.sent(-EAGAIN);
    await turns(2);
    return leases;
  },
  "sending the rest of a large write": async (connection) => {
    connection.kernel.sendAnswers.push(50_000);
    assert.equal(connection.transport.write(new Uint8Array(100_000)), false);
    await turns(2);
    return [];
  },
  "changing to reading by itself": async (connection) => {
    connection.kernel.cancelling = "by the test";
    connection.bring("x".repeat(LARGE_BYTES));
    await turns(2);
    return write(connection, "one");
  },
  "about to be paused": (connection) => {
    connection.transport.pause();
    return [];
  },
  "being paused": async (connection) => {
    connection.kernel.cancelling = "by the test";
    connection.transport.pause();
    await turns(3);
    return write(connection, "one");
  },
  paused: async (connection) => {
    connection.transport.pause();
    await turns(3);
    return [];
  },
  "paused, with late bytes and an end": async (connection) => {
    const { transport, sink } = connection;
    sink.onEvent = () => transport.pause();
    connection.bring("one");
    connection.bring("two");
    connection.kernel.complete(connection.receive, 0);
    await turns(3);
    return [];
  },
  "going on, with late bytes": async (connection) => {
    await receivingStates["paused, with late bytes and an end"](connection);
    connection.transport.resume();
    return [];
  },
  "ended by the peer": async (connection) => {
    connection.kernel.complete(connection.receive, 0);
    await turns(2);
    return write(connection, "one");
  },
  "ended by itself": async (connection) => {
    connection.transport.end();
    await turns(2);
    return [];
  },
  "ending behind what it sends": async (connection) => {
    const leases = write(connection, "one");
    connection.transport.end();
    await turns(2);
    return leases;
  },
  "failing already": async (connection) => {
    const leases = write(connection, "one", "two");
    await turns(2);
    connection.kernel.complete(connection.receive, -ECONNRESET);
    return leases;
  },
  "with bytes, an end of the send and a reset on their way": async (connection) => {
    const leases = write(connection, "one");
    await turns(2);
    connection.bring("bytes");
    connection.sent(3);
    connection.kernel.complete(connection.receive, -ECONNRESET);
    return leases;
  },
};

/** The same for a connection that reads by itself. */
export const readingStates: Record<string, State> = {
  "reading by itself": () => [],
  "reading by itself, with bytes to read": (connection) => {
    connection.arrive("bytes");
    return [];
  },
  "reading by itself, with a reset to read": (connection) => {
    connection.arrive(-ECONNRESET);
    return [];
  },
  "reading by itself and sending": async (connection) => {
    const leases = write(connection, "one", "two");
    await turns(2);
    return leases;
  },
  "reading by itself and paused": async (connection) => {
    connection.transport.pause();
    connection.arrive("bytes", 0);
    await turns(3);
    return [];
  },
  "reading by itself, and about to go on": async (connection) => {
    await readingStates["reading by itself and paused"](connection);
    connection.transport.resume();
    return [];
  },
  "going back to receiving": async (connection) => {
    for (let i = 0; i < 16; i++) {
      connection.arrive("small");
      await turns(2);
    }
    assert.ok(connection.isReceiving);
    return [];
  },
};
