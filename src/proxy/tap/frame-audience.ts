// Who watches the frames of one connection.

import type { ConnectionView } from "../connection-view.js";
import type { FrameSink } from "./frame-record.js";

export interface FrameAudience extends FrameSink {
  /** From now on its frames come. */
  started(connection: ConnectionView): void;
  /** The connection that it waited for is open, and its frames are not told apart. */
  blind(id: number): void;
  /** The connection is over. */
  ended(): void;
}
