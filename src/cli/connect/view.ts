// What a session shows, and where: on a terminal above the line that is being typed, or through pipes.

import type { WireMessage } from "./frame-watcher.js";

export type DirectionMark = "<" | ">";

export interface View {
  /** JSON that comes is laid out; may be changed at any time. */
  laysOutJson: boolean;
  /** A message that came, with how it passed where that is known. Answers a promise when the output is slower than the peer. */
  message(data: string | Uint8Array, wire: WireMessage | undefined): Promise<void> | undefined;
  /** What passes beside and below messages, for -v. */
  detail(mark: DirectionMark, text: string): void;
  /** That all goes as it should. */
  note(text: string): void;
  /** What the user wants to know, though it is no failure. */
  tell(text: string): void;
  /** A failure. */
  problem(text: string): void;
  /** Nothing more is shown. */
  close(): void;
}
