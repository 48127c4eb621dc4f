// node scripts/build-native.mjs [--sanitize]
//
// Compiles native/*.c to native/build/sluice.node, where there are Linux, a C compiler and Node's headers, and says so in
// one line. Elsewhere it says in one line why not, and everything goes on without io_uring. Does nothing when the result is newer than its
// sources. With --sanitize the result is native/build/sanitized/sluice.node, which AddressSanitizer and
// UndefinedBehaviorSanitizer watch; Node.js has to be started with the library of the first before all others (LD_PRELOAD).

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "native");
const isSanitized = process.argv.includes("--sanitize");
const target = join(root, "native/build", isSanitized ? "sanitized" : "", "sluice.node");

/** What keeps the addon from being compiled here, in words; or how to compile it. */
function plan() {
  if (process.platform !== "linux") return "it is for Linux";
  const compiler = ["cc", "gcc", "clang"].find(
    (name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0,
  );
  if (compiler === undefined) return "there is no C compiler (cc, gcc or clang)";
  const prefix = join(dirname(process.execPath), "..");
  const headers = [join(prefix, "include/node"), "/usr/include/node", "/usr/include/nodejs/src"].find(
    (folder) => existsSync(join(folder, "node_api.h")),
  );
  if (headers === undefined) return "Node's headers (node_api.h) are not installed";
  if (!existsSync("/usr/include/linux/io_uring.h"))
    return "the kernel's headers (linux/io_uring.h) are not installed";
  return { compiler, headers };
}

const files = readdirSync(source).filter((name) => /\.[ch]$/.test(name));
const newest = Math.max(...files.map((name) => statSync(join(source, name)).mtimeMs));
if (existsSync(target) && statSync(target).mtimeMs > newest) process.exit(0);
const planned = plan();
if (typeof planned === "string") {
  process.stdout.write(`native: io_uring is not built, for ${planned}\n`);
  process.exit(0);
}
mkdirSync(dirname(target), { recursive: true });
const strict = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"];
const inputs = files.filter((name) => name.endsWith(".c")).map((name) => join(source, name));
const sanitizing = isSanitized
  ? [
      "-fsanitize=address,undefined",
      "-fno-sanitize-recover=undefined",
      "-fno-omit-frame-pointer",
      "-g",
      "-O1",
    ]
  : [];
const options = [
  ...strict,
  ...sanitizing,
  "-shared",
  "-fPIC",
  `-I${planned.headers}`,
  "-o",
  target,
  ...inputs,
];
const { status } = spawnSync(planned.compiler, options, { stdio: "inherit" });
if (status === 0) process.stdout.write(`native: built ${target}\n`);
process.exit(status ?? 1);
