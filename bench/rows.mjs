// What is measured: the arguments of the server, those of the generator, and what has to be reached beside whom. The rows
// without targets are there so that nobody tunes for the others.

/**
 * `ratio` is the peer's figure divided by ours, at least. Rows with `idleSeconds` are held by `idle.mjs` for so long.
 * @typedef {{ of: "node" | "uring" | "dropin", beside: "ws" | "bun", ratio: number }} Target
 * @typedef {{ name: string, server?: string[], load: string[], targets?: Target[], isIdle?: boolean, idleSeconds?: number, isCompressed?: boolean }} Row
 */

/** @type {(of: string, beside: string, ratio: number) => Target} */
const target = (of, beside, ratio) => ({ of, beside, ratio });

/** @type {Row[]} */
export const rows = [
  {
    name: "20 B, 1 in flight",
    load: ["-s", "20", "-d", "1"],
    targets: [target("node", "ws", 1.1), target("uring", "ws", 1 / 0.56), target("dropin", "ws", 1)],
  },
  {
    name: "20 B, 16 in flight",
    load: ["-s", "20", "-d", "16"],
    targets: [target("node", "ws", 8), target("uring", "bun", 1 / 0.7), target("dropin", "ws", 5)],
  },
  {
    name: "1 KiB, 16 in flight",
    load: ["-s", "1024", "-d", "16"],
    targets: [target("node", "ws", 5), target("uring", "bun", 1 / 0.5), target("dropin", "ws", 4)],
  },
  {
    name: "16 KiB, 4 in flight",
    load: ["-s", "16384", "-d", "4"],
    targets: [target("node", "ws", 1.2), target("uring", "bun", 1 / 0.65), target("dropin", "ws", 1)],
  },
  {
    name: "1 KiB text compressed, 4 in flight",
    server: ["--compression"],
    load: ["-s", "1024", "-d", "4", "-z"],
    isCompressed: true,
    targets: [target("node", "ws", 4), target("dropin", "ws", 1)],
  },
  {
    name: "broadcast, 1,000 × 128 B, 4 in flight, per delivery",
    server: ["--mode", "broadcast"],
    load: ["-B", "-c", "1000", "-s", "128", "-d", "4"],
    targets: [target("node", "ws", 3), target("uring", "bun", 1 / 0.9), target("dropin", "ws", 1)],
  },
  {
    name: "128 B binary, 4 in flight",
    load: ["-s", "128", "-d", "4", "-b"],
    targets: [target("dropin", "ws", 1)],
  },
  {
    name: "16 KiB binary, 4 in flight",
    load: ["-s", "16384", "-d", "4", "-b"],
    targets: [target("dropin", "ws", 1)],
  },
  { name: "200 KiB, 1 in flight", load: ["-s", "204800", "-d", "1"], targets: [target("dropin", "ws", 1)] },
  {
    name: "20 B, 1 in flight, 1 connection",
    load: ["-s", "20", "-d", "1", "-c", "1"],
    targets: [target("dropin", "ws", 1)],
  },
  {
    name: "256 B, 2 in flight, 1,000 connections",
    load: ["-s", "256", "-d", "2", "-c", "1000"],
    targets: [target("dropin", "ws", 1)],
  },
  {
    name: "idle, bytes per connection at 10,000",
    load: ["-i", "-c", "10000"],
    targets: [target("node", "ws", 1), target("uring", "bun", 1), target("dropin", "ws", 1)],
    isIdle: true,
  },
  {
    name: "idle for 30 s, bytes per connection at 10,000",
    load: ["--connections", "10000"],
    targets: [target("node", "ws", 1), target("uring", "bun", 1), target("dropin", "ws", 1)],
    isIdle: true,
    idleSeconds: 30,
  },
];
