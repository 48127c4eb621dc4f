import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { neverAborted, selectionOf, VirtualGroup } from "./virtual-group.js";

const balance = { hash: { cookie: "session" } } as const;

/** Which upstream of a route each of many users is sent to. */
async function homes(to: readonly string[]): Promise<number[]> {
  const { group } = new VirtualGroup({ to, balance });
  const homes: number[] = [];
  for (let user = 0; user < 40; user++) {
    const selection = selectionOf({ headers: [["Cookie", `session=user${user}`]] });
    homes.push(to.indexOf((await group.acquire(selection, neverAborted)).upstream.url));
  }
  return homes;
}

describe("a hash sends the same key to the same server by whichever route", () => {
  const routes: [string, string[], string[]][] = [
    ["schemes", ["ws://app:3000", "ws://app:3001"], ["http://app:3000", "http://app:3001"]],
    ["paths", ["ws://app:3000/chat", "ws://app:3001/chat/"], ["ws://app:3000", "ws://app:3001"]],
    ["spellings", ["ws://APP:80", "wss://app:443"], ["http://app", "https://app/"]],
    [
      "paths behind sockets",
      ["ws+unix:/run/a:/chat", "wss+unix:/run/b"],
      ["ws+unix:/run/a", "ws+unix:/run/b"],
    ],
  ];
  for (const [what, page, chat] of routes) {
    test(`whatever the ${what} of its URLs`, async () => {
      const users = await homes(page);
      assert.deepEqual(await homes(chat), users);
      assert.deepEqual(new Set(users), new Set([0, 1]));
    });
  }
});
