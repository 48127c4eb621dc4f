import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toTransportKind } from "#src/connection/transport-kind.js";

describe("what carries a connection", () => {
  for (const kind of ["node", "uring", "uring+tls", "uring+ktls"])
    test(`is told as ${kind}`, () => assert.equal(toTransportKind(kind), kind));

  test("is told as node where a stream of another make has words of its own", () => {
    for (const said of ["pipe", "memory", ""]) assert.equal(toTransportKind(said), "node");
  });
});
