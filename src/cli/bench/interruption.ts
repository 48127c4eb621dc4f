// Ctrl-C: the first one ends a run early, the second one the process.

import { ExitCode } from "../command.js";

/** Answers what takes the signal back. */
export function onInterrupt(first: () => void): () => void {
  let count = 0;
  const listener = (): void => {
    count++;
    if (count > 1) process.exit(ExitCode.INTERRUPTED);
    first();
  };
  process.on("SIGINT", listener);
  return () => process.off("SIGINT", listener);
}
