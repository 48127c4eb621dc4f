// What can be known of a unix socket that another process has bound, and that came as a descriptor.

import { readFileSync, readlinkSync } from "node:fs";

/** Its path, as Linux tells it; "" where nobody does, and for one that has none. */
export function socketPathOf(fd: number): string {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
    // Num RefCount Protocol Flags Type St Inode Path
    const rows = readFileSync("/proc/net/unix", "utf8").split("\n");
    const row = rows.map((text) => text.trim().split(/\s+/)).find((columns) => columns[6] === inode);
    return row?.slice(7).join(" ") ?? "";
  } catch {
    return "";
  }
}
