// What a WebSocket's sender writes into, so that the frames of a turn leave together.

import type { FrameOutput } from "../../protocol/index.js";

/** Called once the bytes were written, or could not be. */
export type SendCallback = (error?: Error | null) => void;

/** Gathers frames, to be written together. */
export interface FrameGatherer extends FrameOutput {
  /** Adds a frame whose payload need not be masked, and may change when this returns. */
  appendLarge(header: Uint8Array, payload: Uint8Array, callback: SendCallback | undefined): void;
  /** What follows until the next flush has been compressed, of this many bytes here. */
  beginCompressed(byteLength: number): void;
  /** A frame is complete. It leaves soon, and then `callback` is called. */
  sent(callback: SendCallback | undefined): void;
}
