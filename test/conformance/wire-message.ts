// A message as a peer puts it together from the frames that come, whatever the library made of it.

import assert from "node:assert/strict";
import { continuation, type OutgoingFrame, opcodes, type ReceivedFrame } from "../support/wire-frame.js";
import type { WirePeer } from "../support/wire-peer.js";

export interface WireMessage {
  readonly opcode: number;
  readonly rsv: number;
  /** Every frame's payload, joined. */
  readonly payload: Buffer;
  /** Frames that it took. */
  readonly fragments: number;
  /** Control frames that stood between them. */
  readonly controls: readonly ReceivedFrame[];
}

/** The next message. RFC 6455 §5.4: its type on the first frame, FIN on the last; RFC 7692 §6.1: RSV1 on the first only. */
export async function receiveMessage(peer: WirePeer): Promise<WireMessage> {
  const frames: ReceivedFrame[] = [];
  const controls: ReceivedFrame[] = [];
  while (frames.at(-1)?.fin !== true) {
    const received = await peer.nextFrame();
    assert.ok(received, "the stream ended in a message");
    if (received.opcode >= opcodes.close) controls.push(received);
    else frames.push(received);
  }
  const [first, ...rest] = frames;
  assert.ok(
    first.opcode === opcodes.text || first.opcode === opcodes.binary,
    `a message begins with opcode ${first.opcode}`,
  );
  for (const { opcode, rsv } of rest)
    assert.deepEqual({ opcode, rsv }, { opcode: opcodes.continuation, rsv: 0 });
  const payload = Buffer.concat(frames.map((each) => each.payload));
  return { opcode: first.opcode, rsv: first.rsv, payload, fragments: frames.length, controls };
}

/** The frame's payload in fragments of the given size; `size` 0 leaves it whole. */
export function fragmented(whole: OutgoingFrame, size: number): OutgoingFrame[] {
  const { payload } = whole;
  if (size === 0 || payload.length <= size) return [whole];
  const count = Math.ceil(payload.length / size);
  return Array.from({ length: count }, (_, i) => {
    const part = payload.subarray(i * size, (i + 1) * size);
    return i === 0 ? { ...whole, payload: part, fin: false } : continuation(part, { fin: i === count - 1 });
  });
}
