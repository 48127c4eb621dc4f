// Why a file that was named cannot be read, and where it was looked for.

import { resolve } from "node:path";

/** "cannot be read: there is no file /etc/proxy.json (ENOENT)". `path` is relative to the folder of the process. */
export function unreadFileProblem(path: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : reasons[code]?.(resolve(path));
  return `cannot be read${reason === undefined ? "" : `: ${reason}`} (${code})`;
}

const reasons: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `there is no file ${path}`,
  EISDIR: (path) => `${path} is a folder`,
  EACCES: (path) => `this user may not read ${path}`,
};
