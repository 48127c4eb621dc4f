// The readable half of a WebSocketStream. While it is full, the next message waits for the promise that the last one answered,
// and the transport is paused.

export class StreamReader {
  readonly readable: ReadableStream<string | Uint8Array>;
  #controller: ReadableStreamDefaultController<string | Uint8Array> | undefined;
  #resume: (() => void) | undefined;
  /** Nobody slows the connection down any more. */
  #isReleased = false;
  #isOver = false;

  /** `onCancel` is told why nobody wants to read any more. */
  constructor(onCancel: (reason: unknown) => void) {
    this.readable = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#goOn(),
      cancel: (reason) => {
        this.#isOver = true;
        this.release();
        onCancel(reason);
      },
    });
  }

  /** With a promise, the next message has to wait for it. */
  deliver(data: string | Uint8Array): Promise<void> | undefined {
    if (this.#isOver || this.#controller === undefined) return undefined;
    this.#controller.enqueue(data);
    if (this.#isReleased || (this.#controller.desiredSize ?? 0) > 0) return undefined;
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  /** Lets everything through that still comes: the connection is closing, or over. */
  release(): void {
    this.#isReleased = true;
    this.#goOn();
  }

  /** The stream ends behind what is in it. */
  end(): void {
    if (!this.#isOver) this.#controller?.close();
    this.#isOver = true;
  }

  fail(error: unknown): void {
    if (!this.#isOver) this.#controller?.error(error);
    this.#isOver = true;
  }

  #goOn(): void {
    this.#resume?.();
    this.#resume = undefined;
  }
}
