/** A promise, and its outcome for later. Nobody has to catch its rejection. */
export class Settlement<Value> {
  readonly promise: Promise<Value>;
  /** The first call of these two counts. */
  resolve: (value: Value) => void = () => {};
  reject: (reason: unknown) => void = () => {};

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {});
  }
}
