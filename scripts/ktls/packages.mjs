// What the guest is made of, from Debian: packages that have to be installed, and the kernel, which is only unpacked.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const installed = ["qemu-system-x86", "busybox-static", "cpio", "kmod", "xz-utils"];
const kernelMetapackage = "linux-image-amd64";

// depmod is in a folder that only root has on its path.
export const env = {
  ...process.env,
  PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin`,
  DEBIAN_FRONTEND: "noninteractive",
  LC_ALL: "C.UTF-8",
};

/** Something that is needed and cannot be had here; the message is the one line to tell. */
export class Missing extends Error {}

/** Runs a program to its end and answers what it printed; throws with what it complained about. */
export function run(command, args, options = {}) {
  const limits = { encoding: "utf8", maxBuffer: 256 * 1024 * 1024 };
  const { status, stdout, stderr, error } = spawnSync(command, args, { env, ...limits, ...options });
  if (status === 0) return stdout;
  const complaint = error?.message ?? String(stderr).trim();
  throw new Missing(`${command} ${args.join(" ")} failed: ${complaint.replaceAll("\n", "; ")}`);
}

function isRoot() {
  return process.getuid?.() === 0;
}

function isInstalled(name) {
  const { stdout } = spawnSync("dpkg-query", ["--status", name], { env, encoding: "utf8" });
  return /^Status: install ok installed$/m.test(stdout ?? "");
}

/** Brings apt's knowledge up to date, where that is allowed. */
function refresh() {
  if (isRoot()) run("apt-get", ["update", "--quiet"]);
}

/** Makes sure that the packages are there: installs them as root, and otherwise says which to install. */
export function providePackages() {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Missing(
      `the guest runs this Node.js, which has to be for linux on x64, not ${process.platform} on ${process.arch}`,
    );
  }
  const missing = installed.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const names = missing.join(" ");
  if (!isRoot()) throw new Missing(`packages of Debian are missing; install them first: ${names}`);
  console.log(`test:ktls: installing ${names}`);
  refresh();
  run("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends", ...missing]);
}

/** Name and version of the package with the kernel, that the metapackage depends on; undefined if apt knows none. */
export function findKernelPackage() {
  const { stdout } = spawnSync("apt-cache", ["show", "--no-all-versions", kernelMetapackage], {
    env,
    encoding: "utf8",
  });
  const [, name, version] = /^Depends: (linux-image-[\w.+-]+) \(= ([^)\s]+)\)/m.exec(stdout ?? "") ?? [];
  return name === undefined ? undefined : { name, version };
}

/** The kernel package of today. An old list may name one that Debian has replaced since. */
export function findNewestKernelPackage() {
  refresh();
  const kernel = findKernelPackage();
  if (kernel === undefined)
    throw new Missing(`apt knows no package ${kernelMetapackage}; run apt-get update first`);
  return kernel;
}

/** Downloads the package, which apt compares with its signed lists, and unpacks it below `folder`. */
export function unpackKernel({ name, version }, folder) {
  run("apt-get", ["download", "--quiet", `${name}=${version}`], { cwd: folder });
  const archive = readdirSync(folder).find((entry) => entry.endsWith(".deb"));
  if (archive === undefined) throw new Missing(`apt-get download left no package ${name}`);
  const target = join(folder, "kernel");
  run("dpkg-deb", ["--extract", join(folder, archive), target]);
  return target;
}
