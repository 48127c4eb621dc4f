import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listConnections, parseConnectionQuery } from "#src/proxy/admin/connection-list.js";
import { connection, viewWith } from "./fake-view.js";

const view = viewWith({
  connections: [
    connection(1, { bytesReceived: 5, client: "192.0.2.7" }),
    connection(2, { bytesReceived: 9, route: "other" }),
    connection(3, { bytesSent: 1, upstream: undefined }),
  ],
});

function ids(query: string): number[] {
  const { connections } = listConnections(view, parseConnectionQuery(new URLSearchParams(query)));
  return connections.map(({ id }) => id);
}

describe("the list of connections", () => {
  test("has the newest first, and is filtered and sorted", () => {
    assert.deepEqual(ids(""), [3, 2, 1]);
    assert.deepEqual(ids("order=ascending"), [1, 2, 3]);
    assert.deepEqual(ids("sort=bytes"), [2, 1, 3]);
    assert.deepEqual(ids("route=other"), [2]);
    assert.deepEqual(ids("route=oth"), []);
    assert.deepEqual(ids("client=2.7"), [1]);
    assert.deepEqual(ids("upstream=3000&sort=route"), [2, 1]);
  });

  test("shows only so many, and says how many there are", () => {
    const found = listConnections(view, parseConnectionQuery(new URLSearchParams("limit=1&route=chat")));
    assert.deepEqual([found.open, found.matching, found.connections.length], [3, 2, 1]);
  });

  test("takes nonsense for nothing", () => {
    assert.deepEqual(ids("limit=-1&sort=constructor&order=x"), [3, 2, 1]);
    assert.equal(parseConnectionQuery(new URLSearchParams("limit=1e9")).limit, 10_000);
  });
});
