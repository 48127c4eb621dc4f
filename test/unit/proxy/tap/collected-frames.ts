// A sink that keeps everything, and frames as a client sends them.

import { encodeFrame, type Frame } from "#src/protocol/index.js";
import type { FrameRecord, FrameSink } from "#src/proxy/tap/frame-record.js";

export class CollectedFrames implements FrameSink {
  hasRoom = true;
  readonly records: FrameRecord[] = [];
  skips = 0;

  frame(record: FrameRecord): void {
    this.records.push(record);
  }

  skipped(): void {
    this.skips++;
  }

  /** Without their times. */
  get shown(): Omit<FrameRecord, "t">[] {
    return this.records.map(({ t: _t, ...rest }) => rest);
  }
}

export function masked(frame: Omit<Frame, "mask">): Uint8Array {
  return encodeFrame({ ...frame, mask: Uint8Array.of(0x78, 0x56, 0x34, 0x12) });
}
