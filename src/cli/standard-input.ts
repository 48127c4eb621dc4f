// What a command reads that is piped into it.

import { createReadStream, fstatSync } from "node:fs";
import type { Console } from "./command.js";
import { describeError } from "./describe.js";

/** Standard input's file descriptor. */
const STDIN = 0;

/** The process's own. Of a directory or a disk Node makes an input that is empty, as if there were nothing to read. */
export function openStandardInput(): Console["stdin"] {
  const file = fstatSync(STDIN);
  const isHidden = file.isDirectory() || file.isBlockDevice();
  return isHidden ? createReadStream("", { fd: STDIN, autoClose: false }) : process.stdin;
}

/** Why the input cannot be read, in one line. */
export function describeInputFailure(error: unknown): string {
  const { code } = Object(error) as NodeJS.ErrnoException;
  const why =
    code === "EISDIR" ? "it is a directory; give a file, or /dev/null for nothing" : describeError(error);
  return `cannot read the input: ${why}`;
}
