// The file of a unix socket that another process has handed over. Nobody but the process that has the socket last can remove it:
// one that has handed it over leaves it, and so does one that has not taken over yet. A socket that came otherwise has a file of
// somebody else's.

import { lstatSync, unlinkSync } from "node:fs";

/** What one process has handed to this one. */
export interface Inheritance {
  /** Whoever had it goes on no more. */
  isTaken: boolean;
}

/** By descriptor: whoever listens on one finds here that it was handed over. */
const inheritances = new Map<number, Inheritance>();

export function noteInherited(fd: number, inheritance: Inheritance): void {
  inheritances.set(fd, inheritance);
}

/** The file at this path, if that is where a socket listens that was handed over as this descriptor. It is answered once. */
export function claimInheritedFile(fd: number, path: string): InheritedFile | undefined {
  const inheritance = inheritances.get(fd);
  inheritances.delete(fd);
  return inheritance === undefined ? undefined : new InheritedFile(path, inheritance);
}

export class InheritedFile {
  readonly #path: string;
  readonly #inheritance: Inheritance;
  readonly #identity: string | undefined;

  constructor(path: string, inheritance: Inheritance) {
    this.#path = path;
    this.#inheritance = inheritance;
    this.#identity = identityOf(path);
  }

  /** Unless it is another one by now, whose socket listens in the same place. */
  remove(): void {
    if (!this.#inheritance.isTaken || this.#identity === undefined) return;
    if (identityOf(this.#path) !== this.#identity) return;
    try {
      unlinkSync(this.#path);
    } catch {
      // It stays: closing goes on.
    }
  }
}

/** Undefined where there is no file, as for an abstract name. The number of a file that is gone is soon another's, its time not. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino, mtimeNs } = lstatSync(path, { bigint: true });
    return `${dev} ${ino} ${mtimeNs}`;
  } catch {
    return undefined;
  }
}
