// Whether there can be an access log at a place, as far as that can be told without making one.

import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";

/** Why nothing can be written to the file, with what to do; undefined for nothing. */
export function logFileProblem(file: string): string | undefined {
  const folder = dirname(file);
  const noFolder = `cannot be made, for there is no folder ${folder}; make that, or write another name`;
  try {
    // What is behind a file does not exist either, says one Node, and another throws.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return noFolder;
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isDirectory() === true)
      return 'is a folder; write the name of a file in it, such as "access.log"';
    if (found?.isSocket() === true)
      return "is a socket, which cannot be opened as a file; write the name of a file or of a FIFO";
    accessSync(found === undefined ? folder : file, constants.W_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR"
      ? noFolder
      : `cannot be written by this user (${code}); write another name, or change what its owner allows`;
  }
}
