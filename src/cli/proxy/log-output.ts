// What an access log is written to: a file, or a FIFO that somebody reads. Nothing here waits for whoever reads.

import { constants, createWriteStream, fstatSync, openSync, statSync } from "node:fs";
import { Socket } from "node:net";
import type { Writable } from "node:stream";

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;

/** Throws when it cannot be opened, a FIFO also while nobody reads it. */
export function openLogOutput(file: string): Writable {
  // A FIFO would be opened when somebody reads it, and the whole process wait for that.
  const fd = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK);
  // A write to one that is full would keep a thread, for which the process waits at its end. A socket of Node's waits in the
  // event loop.
  return fstatSync(fd).isFIFO()
    ? new Socket({ fd, readable: false, writable: true })
    : createWriteStream(file, { fd });
}

/** Whether it could not be opened only because nobody reads it now. */
export function isUnreadFifo(file: string, error: unknown): boolean {
  if ((error as NodeJS.ErrnoException).code !== "ENXIO") return false;
  return statSync(file, { throwIfNoEntry: false })?.isFIFO() === true;
}
