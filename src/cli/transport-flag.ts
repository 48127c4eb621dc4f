// Which transport was asked for, of every command that has connections.

import type { Flags } from "./command.js";
import type { FlagReader } from "./flag-value.js";

const kinds = ["auto", "node", "uring"] as const;

export const transportFlag = {
  transport: { type: "string", value: "KIND", choices: kinds, about: "what carries connections" },
} as const satisfies Flags;

/** Throws `UsageError`. */
export function readTransport(flags: FlagReader): (typeof kinds)[number] | undefined {
  return flags.choice("transport", kinds);
}
