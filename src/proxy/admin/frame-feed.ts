// Frames on their way to one page: gathered for a moment, sent together, and dropped with a count when the page does not keep up.
// What waits here is bounded, whatever passes through the proxy.

import type { Clock, Timer } from "../../host/index.js";
import type { FrameRecord, FrameSink } from "../tap/frame-record.js";

/** Time in which frames are gathered: a page cannot show them faster. */
const GATHER_MS = 100;
/** What may wait; one frame may come on top. */
const MAX_WAITING_BYTES = 262_144;
const MAX_WAITING_FRAMES = 1000;
/** Of a frame beside its payload. */
const FRAME_BYTES = 256;

export interface FrameBatch {
  readonly frames: readonly FrameRecord[];
  /** Frames that came behind these, and are not shown. */
  readonly skipped: number;
}

export class FrameFeed implements FrameSink {
  readonly #clock: Clock;
  readonly #deliver: (batch: FrameBatch) => boolean;
  #frames: FrameRecord[] = [];
  #bytes = 0;
  #skipped = 0;
  #timer: Timer | undefined;
  #then: (() => void) | undefined;

  /** `deliver` answers false while the page is behind: then the same comes again later. */
  constructor(clock: Clock, deliver: (batch: FrameBatch) => boolean) {
    this.#clock = clock;
    this.#deliver = deliver;
  }

  /** A gap stays one gap: behind frames that were dropped, nothing comes before the page has been told. */
  get hasRoom(): boolean {
    return this.#skipped === 0 && this.#bytes < MAX_WAITING_BYTES && this.#frames.length < MAX_WAITING_FRAMES;
  }

  frame(record: FrameRecord): void {
    this.#frames.push(record);
    this.#bytes += FRAME_BYTES + (record.data?.length ?? 0) * 2 + (record.base64?.length ?? 0);
    this.#schedule();
  }

  skipped(): void {
    this.#skipped++;
    this.#schedule();
  }

  /** Sends what there is, if the page can take it. */
  flush(): void {
    this.#timer?.close();
    this.#timer = undefined;
    if (this.#frames.length === 0 && this.#skipped === 0) return;
    if (!this.#deliver({ frames: this.#frames, skipped: this.#skipped })) {
      this.#schedule();
      return;
    }
    const then = this.#then;
    this.clear();
    then?.();
  }

  /** Calls once what waits has been sent, at once if it can be; nothing comes behind it. */
  finish(then: () => void): void {
    this.flush();
    if (this.#frames.length === 0 && this.#skipped === 0) then();
    else this.#then = then;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#then = undefined;
    this.#frames = [];
    this.#bytes = 0;
    this.#skipped = 0;
    this.#timer?.close();
    this.#timer = undefined;
  }

  #schedule(): void {
    this.#timer ??= this.#clock.schedule(GATHER_MS, (feed: FrameFeed) => feed.flush(), this);
  }
}
