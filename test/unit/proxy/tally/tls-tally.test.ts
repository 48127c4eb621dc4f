import assert from "node:assert/strict";
import { test } from "node:test";
import { TlsTally } from "#src/proxy/tally/tls-tally.js";

test("a tally of failed TLS handshakes begins at 0 for each reason, and keeps its numbers at a second start", () => {
  const tally = new TlsTally();
  tally.begin("a");
  assert.ok([...tally].every(({ listener, count }) => listener === "a" && count === 0));
  tally.add({ listener: "a", reason: "http" });
  tally.begin("a");
  tally.add({ listener: "a", reason: "http" });
  tally.add({ listener: "a", reason: "timeout" });
  const counted = [...tally].filter(({ count }) => count > 0);
  assert.deepEqual(
    counted.map(({ reason, count }) => [reason, count]),
    [
      ["http", 2],
      ["timeout", 1],
    ],
  );
});
