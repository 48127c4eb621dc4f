// A proxy of ours for one test, and what it logged.

import type { ServerAddress } from "sluice";
import { type AccessLogEntry, createProxy, type ProxyOptions, type ReverseProxy } from "#src/proxy.js";

interface After {
  after(hook: () => Promise<void>): void;
}

export interface RunningProxy extends ServerAddress {
  readonly proxy: ReverseProxy;
  /** Lines of the access log so far. */
  readonly entries: AccessLogEntry[];
  readonly errors: Error[];
  /** The next line that is written, or has been since the last call. */
  logged(): Promise<AccessLogEntry>;
}

/** Listens on a free port of 127.0.0.1 until the test is over. */
export async function startProxy(t: After, options: ProxyOptions): Promise<RunningProxy> {
  const entries: AccessLogEntry[] = [];
  const errors: Error[] = [];
  let taken = 0;
  let wake = (): void => {};
  const { hooks } = options;
  const proxy = createProxy({
    ...options,
    hooks: {
      ...hooks,
      log: (entry) => {
        entries.push(entry);
        wake();
        return hooks?.log?.(entry);
      },
      error: (error, exchange, side) => {
        errors.push(error);
        return hooks?.error?.(error, exchange, side);
      },
    },
  });
  t.after(() => proxy.close({ timeoutMs: 0 }));
  const address = await proxy.listen({ port: 0, host: "127.0.0.1" });
  const logged = async (): Promise<AccessLogEntry> => {
    while (entries.length <= taken) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return entries[taken++];
  };
  return { proxy, entries, errors, logged, ...address };
}
