// Whoever looks at what passes through one open WebSocket, and changes nothing.

import type { FrameWatcher } from "./relay/frame-meter.js";

export interface PassageWatcher {
  /** Where bytes are relayed: the frames of the client, and those of the upstream. */
  readonly up: FrameWatcher;
  readonly down: FrameWatcher;
  /** Where messages are looked at: one came from this side, compressed to so many bytes if it was. */
  message(from: "client" | "upstream", data: string | Uint8Array, compressedBytes: number | undefined): void;
  control(from: "client" | "upstream", kind: "ping" | "pong", data: Uint8Array): void;
  closed(from: "client" | "upstream", code: number, reason: string): void;
}
