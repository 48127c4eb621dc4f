// A source for `sendStream` whose parts come when the test says so.

export function createFeed<T>(): {
  source: AsyncIterable<T>;
  feed(part: T): void;
  end(error?: Error): void;
  isReleased: boolean;
} {
  const waiting: { resolve(result: IteratorResult<T>): void; reject(error: Error): void }[] = [];
  const feed = {
    isReleased: false,
    source: {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<T>>((resolve, reject) => waiting.push({ resolve, reject })),
        return: async () => {
          feed.isReleased = true;
          return { done: true as const, value: undefined };
        },
      }),
    },
    feed: (part: T) => waiting.shift()?.resolve({ done: false, value: part }),
    end(error?: Error) {
      if (error === undefined) waiting.shift()?.resolve({ done: true, value: undefined });
      else waiting.shift()?.reject(error);
    },
  };
  return feed;
}
