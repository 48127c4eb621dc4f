import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isOwnHost } from "#src/proxy/admin/host-guard.js";

describe("the names that an admin port answers to", () => {
  test("are addresses, localhost, and the one it listens on", () => {
    for (const host of [
      "127.0.0.1",
      "127.0.0.1:9000",
      "[::1]:9000",
      "LOCALHOST:1",
      "10.0.0.7",
      "admin.test:80",
    ])
      assert.ok(isOwnHost(host, "Admin.test"), host);
  });

  test("are no names that another site could have", () => {
    for (const host of [
      ...["evil.test", "localhost.evil.test", "127.0.0.1.evil.test", "evil.test:127", "", undefined],
      ...[
        "admin.test.evil.test",
        "user@localhost",
        "localhost/",
        "localhost, evil.test",
        "127.1",
        "0x7f000001",
      ],
    ])
      assert.ok(!isOwnHost(host, "admin.test"), host);
  });
});
