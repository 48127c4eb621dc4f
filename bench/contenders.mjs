// The servers that are measured. Each prints "listening PORT" when it is ready.
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const tool = (name) => `${folder}node_modules/.bin/${name}`;

/**
 * `isPlain`: it has no permessage-deflate.
 * @typedef {{ name: string, command: string, args: string[], packages: string[], isPlain?: boolean }} Contender
 */

/** @type {Record<string, Contender>} */
export const contenders = {
  node: {
    name: "sluice on Node's sockets",
    command: process.execPath,
    args: [`${folder}server.mjs`, "--transport", "node"],
    packages: [],
  },
  uring: {
    name: "sluice on io_uring",
    command: process.execPath,
    args: [`${folder}server.mjs`, "--transport", "uring"],
    packages: [],
  },
  dropin: {
    name: "sluice/ws",
    command: process.execPath,
    args: [`${folder}peer-dropin.mjs`],
    packages: [],
  },
  ws: {
    name: "ws",
    command: process.execPath,
    args: [`${folder}peer-ws.mjs`],
    packages: ["ws", "bufferutil", "utf-8-validate"],
  },
  bun: { name: "Bun", command: tool("bun"), args: [`${folder}peer-bun.mjs`], packages: ["bun"] },
  deno: {
    name: "Deno",
    command: tool("deno"),
    args: ["run", "--allow-net", "--quiet", `${folder}peer-deno.mjs`],
    packages: ["deno"],
    isPlain: true,
  },
};
