// Pings and how long their answers take.

import { ClosedError, type WebSocketConnection } from "../../connection/index.js";
import { describeError } from "../describe.js";
import type { View } from "./view.js";

export class PingClock {
  readonly #view: View;
  #timer: NodeJS.Timeout | undefined;
  #isWaiting = false;

  constructor(view: View) {
    this.#view = view;
  }

  /** Pings again and again; not while there is no connection, or no answer yet. */
  start(ws: WebSocketConnection, intervalMs: number): void {
    this.#timer = setInterval(() => {
      if (ws.readyState !== 1) return;
      if (this.#isWaiting) this.#view.tell("no answer yet to the last ping");
      else void this.once(ws);
    }, intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async once(ws: WebSocketConnection, data?: string): Promise<void> {
    this.#isWaiting = true;
    try {
      const roundTripMs = await ws.ping(data);
      this.#view.tell(`ping answered after ${formatDuration(roundTripMs)}`);
    } catch (error) {
      // How the connection ended is told anyway.
      if (!(error instanceof ClosedError)) this.#view.problem(describeError(error));
    } finally {
      this.#isWaiting = false;
    }
  }
}

function formatDuration(ms: number): string {
  return ms < 10 ? `${ms.toFixed(2)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
