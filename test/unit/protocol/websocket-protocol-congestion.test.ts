import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CollectedOutput, type FrameOutput, WebSocketProtocol } from "#src/protocol/index.js";
import { ProtocolLog } from "../../support/protocol-log.js";
import { parseBytes } from "../../support/vectors.js";

/** An output that is congested while somebody says so. */
class CongestedOutput implements FrameOutput {
  isCongested = true;
  readonly #collected = new CollectedOutput();

  get block(): Uint8Array {
    return this.#collected.block;
  }

  reserve(length: number): number {
    return this.#collected.reserve(length);
  }

  append(bytes: Uint8Array): void {
    this.#collected.append(bytes);
  }

  take(): Uint8Array {
    return this.#collected.take();
  }
}

function openCongested(): { machine: WebSocketProtocol; output: CongestedOutput; pings: Uint8Array[] } {
  const output = new CongestedOutput();
  const pings: Uint8Array[] = [];
  const log = new ProtocolLog({ role: "client" });
  log.ping = (data) => pings.push(data);
  return {
    machine: new WebSocketProtocol({ role: "client", sink: log, output, nextMaskKey: () => 0 }),
    output,
    pings,
  };
}

describe("protocol over a congested output", () => {
  test("keeps only the newest pong and sends it when the output has drained", () => {
    const { machine, output, pings } = openCongested();
    machine.receive(parseBytes('89 01 "1" 89 01 "2" 89 01 "3"'));
    assert.equal(pings.length, 3);
    assert.deepEqual(output.take(), new Uint8Array(0));
    machine.outputDrained();
    assert.deepEqual(output.take(), parseBytes('8a 81 00 00 00 00 "3"'));
    machine.outputDrained();
    assert.deepEqual(output.take(), new Uint8Array(0));
  });

  test("drops a waiting pong when a newer one could leave at once", () => {
    const { machine, output } = openCongested();
    machine.receive(parseBytes('89 01 "1"'));
    output.isCongested = false;
    machine.receive(parseBytes('89 01 "2"'));
    machine.outputDrained();
    assert.deepEqual(output.take(), parseBytes('8a 81 00 00 00 00 "2"'));
  });

  test("a waiting pong carries the ping's bytes although the application changed its own", () => {
    const { machine, output, pings } = openCongested();
    machine.receive(parseBytes('89 03 "abc"'));
    pings[0].fill(0);
    machine.outputDrained();
    assert.deepEqual(output.take(), parseBytes('8a 83 00 00 00 00 "abc"'));
  });

  test("sends no waiting pong behind a Close", () => {
    for (const isClosedByPeer of [false, true]) {
      const { machine, output } = openCongested();
      machine.receive(parseBytes('89 01 "1"'));
      if (isClosedByPeer) machine.receive(parseBytes("88 00"));
      else machine.sendClose(1000);
      output.take();
      machine.outputDrained();
      assert.deepEqual(output.take(), new Uint8Array(0));
    }
  });
});
