// Sends a body that comes in chunks. The first one is held back for a turn of the event loop: a body that ends behind it
// can still say its length, and one that fails can still be answered with 500. A body that takes its time does not hold
// back the head.

import type { ServerResponse } from "node:http";
import { type BodySource, checkChunk, checkLength } from "./answer-body.js";

/** Told right before the head is written. `isWhole`: the response ends with what is written now. */
export type HeadHook = (isWhole: boolean) => void;

/** Whether nothing can be sent any more: the client has gone, or was answered otherwise. */
export function isOver(response: ServerResponse): boolean {
  return response.destroyed || response.writableEnded;
}

export class AnswerPump {
  readonly #source: BodySource;
  readonly #length: number | undefined;
  readonly #response: ServerResponse;
  readonly #beforeHead: HeadHook;
  #held: string | Uint8Array | undefined;
  #sentBytes = 0;

  /** `length`: what the head says. */
  constructor(
    source: BodySource,
    length: number | undefined,
    response: ServerResponse,
    beforeHead: HeadHook,
  ) {
    this.#source = source;
    this.#length = length;
    this.#response = response;
    this.#beforeHead = beforeHead;
  }

  /** Rejects when the source fails, yields what is no chunk, or is not as long as it was said to be. */
  async run(): Promise<void> {
    const response = this.#response;
    const cancel = (): void => this.#source.cancel(new Error("the client has gone"));
    response.once("close", cancel);
    const patience = setImmediate(() => this.#release());
    try {
      while (!isOver(response)) {
        const { done, value } = await this.#source.next();
        if (isOver(response)) return;
        if (done) this.#end();
        else await this.#send(checkChunk(value));
      }
    } finally {
      clearImmediate(patience);
      response.off("close", cancel);
    }
  }

  async #send(chunk: string | Uint8Array): Promise<void> {
    const byteLength = typeof chunk === "string" ? Buffer.byteLength(chunk) : chunk.byteLength;
    if (byteLength === 0) return;
    this.#sentBytes += byteLength;
    if (this.#sentBytes > (this.#length ?? Infinity)) checkLength(this.#length, this.#sentBytes);
    if (!this.#response.headersSent && this.#held === undefined) {
      this.#held = chunk;
      return;
    }
    this.#release();
    if (!this.#response.write(chunk)) await drained(this.#response);
  }

  #end(): void {
    checkLength(this.#length, this.#sentBytes);
    if (!this.#response.headersSent) {
      this.#response.setHeader("Content-Length", this.#sentBytes);
      this.#beforeHead(true);
    }
    this.#response.end(this.#held);
  }

  /** Sends the head, and what is held back. */
  #release(): void {
    if (isOver(this.#response) || this.#response.headersSent) return;
    this.#beforeHead(false);
    if (this.#held === undefined) this.#response.flushHeaders();
    else this.#response.write(this.#held);
    this.#held = undefined;
  }
}

/** Once an upgrade waits behind the response, Node tells the response nothing any more: the socket is asked too. */
function drained(response: ServerResponse): Promise<void> {
  const { socket } = response;
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off("drain", settle).off("close", settle);
      socket?.off("drain", settle);
      resolve();
    };
    response.on("drain", settle).on("close", settle);
    socket?.on("drain", settle);
  });
}
