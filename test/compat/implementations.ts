// The reference, which proves the tests, and what is measured by it. Every suite of this folder runs against each of them.

import { describe, type TestContext, test } from "node:test";
import type { WsModule } from "./support/ws-module.js";

export interface Implementation {
  readonly name: string;
  /** What `import` and `require` are given. */
  readonly specifier: string;
}

export const implementations: readonly Implementation[] = [
  { name: "ws", specifier: "ws" },
  { name: "sluice/ws", specifier: "#src/ws.js" },
];

// A promise that nobody keeps ends its own test, and not the run.
const testTimeoutMs = 20_000;

export type Check = (name: string, run: (t: TestContext) => void | Promise<void>) => void;

const check: Check = (name, run) => {
  test(name, { timeout: testTimeoutMs }, run);
};

/** Declares the suite once for each implementation. `suite` calls `check` for every test of it. */
export async function compare(
  title: string,
  suite: (module: WsModule, check: Check, implementation: Implementation) => void,
): Promise<void> {
  for (const implementation of implementations) {
    const module = (await import(implementation.specifier)) as WsModule;
    describe(`${implementation.name}: ${title}`, () => suite(module, check, implementation));
  }
}
