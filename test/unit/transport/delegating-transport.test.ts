import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createMemoryPair, DelegatingTransport, type Lease, type Transport } from "#src/transport/index.js";
import { describeTransport } from "./contract.js";

class Plain extends DelegatingTransport {}

const lease: Lease = { release: () => {} };

/** Takes three borrowed bytes, and keeps what it delivers. */
class Generous extends DelegatingTransport {
  override writeBorrowed(): number {
    return 3;
  }
  override retain(): Lease {
    return lease;
  }
  override endpoints() {
    return { remote: { path: "/run/far" }, local: undefined };
  }
}

describeTransport("delegating", async () => {
  const [near, far] = createMemoryPair();
  return [near, new Plain(far)];
});

describe("a delegating transport", () => {
  test("has what the one beneath it has", () => {
    const [inner] = createMemoryPair();
    const transport = new Plain(new Generous(inner));
    assert.equal(transport.kind, inner.kind);
    assert.equal(transport.writeBorrowed(new Uint8Array(9)), 3);
    assert.equal(transport.retain(), lease);
    assert.deepEqual(transport.endpoints(), { remote: { path: "/run/far" }, local: undefined });
  });

  test("takes, keeps and knows nothing where the one beneath it cannot", () => {
    const [inner]: Transport[] = createMemoryPair();
    const transport = new Plain(inner);
    assert.equal(inner.writeBorrowed, undefined);
    assert.equal(transport.writeBorrowed(new Uint8Array(9)), 0);
    assert.equal(transport.retain(), undefined);
    assert.deepEqual(transport.endpoints(), { remote: undefined, local: undefined });
  });
});
