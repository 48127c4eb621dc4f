// What is measured: the arguments of the server, those of the generator, and how much better than `ws` it has to be.
// The rows without a target are there so that nobody tunes for the others.

/** @typedef {{ name: string, server?: string[], load: string[], target?: number, isIdle?: boolean }} Row */

/** @type {Row[]} */
export const rows = [
  { name: "20 B, 1 in flight", load: ["-s", "20", "-d", "1"], target: 1.1 },
  { name: "20 B, 16 in flight", load: ["-s", "20", "-d", "16"], target: 8 },
  { name: "1 KiB, 16 in flight", load: ["-s", "1024", "-d", "16"], target: 5 },
  { name: "16 KiB, 4 in flight", load: ["-s", "16384", "-d", "4"], target: 1.2 },
  {
    name: "1 KiB text compressed, 4 in flight",
    server: ["--compression"],
    load: ["-s", "1024", "-d", "4", "-z"],
    target: 4,
  },
  {
    name: "broadcast, 1,000 × 128 B, 4 in flight, per delivery",
    server: ["--mode", "broadcast"],
    load: ["-B", "-c", "1000", "-s", "128", "-d", "4"],
    target: 3,
  },
  { name: "128 B binary, 4 in flight", load: ["-s", "128", "-d", "4", "-b"] },
  { name: "16 KiB binary, 4 in flight", load: ["-s", "16384", "-d", "4", "-b"] },
  { name: "200 KiB, 1 in flight", load: ["-s", "204800", "-d", "1"] },
  { name: "20 B, 1 in flight, 1 connection", load: ["-s", "20", "-d", "1", "-c", "1"] },
  { name: "256 B, 2 in flight, 1,000 connections", load: ["-s", "256", "-d", "2", "-c", "1000"] },
  { name: "idle, bytes per connection at 10,000", load: ["-i", "-c", "10000"], target: 1, isIdle: true },
];
