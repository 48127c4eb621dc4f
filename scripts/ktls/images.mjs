// The two files that the machine boots: the kernel, decompressed, because the emulated machine would need longer for
// that than for all the rest, and an initramfs of busybox, the modules and scripts/ktls/init. Both are kept.
//
// A folder of the cache is made under another name and renamed when it is whole, so that one that is there is whole.

import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { findKernelPackage, findNewestKernelPackage, Missing, run, unpackKernel } from "./packages.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

// What the guest cannot do without to reach the host's files.
const bootModules = ["virtio_pci", "virtio_rng", "9pnet_virtio", "9p"];
// Kernel TLS, and the ciphers of TLS 1.3 in a fast and a plain form.
const tlsModules = [
  "tls",
  "gcm",
  "ghash_clmulni_intel",
  "aesni_intel",
  "chacha20poly1305",
  "chacha_x86_64",
  "poly1305_x86_64",
];
const programs = [
  "sh",
  "cat",
  "chroot",
  "dd",
  "grep",
  "ip",
  "ln",
  "mkdir",
  "modprobe",
  "mount",
  "poweroff",
  "stty",
  "uname",
];

function readInit() {
  const text = readFileSync(new URL("./init", import.meta.url), "utf8");
  return text.replace("@MODULES@", tlsModules.join(" "));
}

function cacheFolder() {
  return process.env.SLUICE_KTLS_CACHE || join(root, "node_modules/.cache/sluice-ktls");
}

function imagesIn(folder) {
  return { kernel: join(folder, "vmlinux"), initramfs: join(folder, "initramfs.cpio") };
}

function folderOf({ version }) {
  const parts = [readInit(), ...bootModules, ...tlsModules, ...programs].join("\n");
  const hash = createHash("sha256").update(parts).digest("hex").slice(0, 12);
  return join(cacheFolder(), `${version}-${hash}`);
}

/** The images, from the cache or made now. */
export function provideImages() {
  const known = findKernelPackage();
  if (known !== undefined && existsSync(folderOf(known))) return imagesIn(folderOf(known));
  const kernel = findNewestKernelPackage();
  const folder = folderOf(kernel);
  if (!existsSync(folder)) {
    console.log(`test:ktls: fetching ${kernel.name} ${kernel.version}`);
    makeImages(kernel, folder);
  }
  return imagesIn(folder);
}

function makeImages(kernel, folder) {
  mkdirSync(dirname(folder), { recursive: true });
  const workshop = mkdtempSync(join(dirname(folder), "unfinished-"));
  try {
    const unpacked = unpackKernel(kernel, workshop);
    const whole = join(workshop, "whole");
    mkdirSync(whole);
    const images = imagesIn(whole);
    writeFileSync(images.kernel, decompressKernel(unpacked));
    writeFileSync(images.initramfs, packInitramfs(unpacked, join(workshop, "initramfs")));
    publish(whole, folder);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/** Gives the folder its name, unless another run was first with the same. */
function publish(whole, folder) {
  try {
    renameSync(whole, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** The ELF file inside the kernel's image. Where it lies is in the header: Linux, Documentation/arch/x86/boot.rst. */
function decompressKernel(unpacked) {
  const name = readdirSync(join(unpacked, "boot")).find((entry) => entry.startsWith("vmlinuz-"));
  if (name === undefined) throw new Missing("the kernel's package holds no boot/vmlinuz");
  const image = readFileSync(join(unpacked, "boot", name));
  const setupSectors = image.readUInt8(0x1f1);
  const start = (setupSectors + 1) * 512 + image.readUInt32LE(0x248);
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c));
  // The size of the result follows the stream; it belongs to the payload and not to xz.
  const options = ["--decompress", "--stdout", "--format=xz", "--single-stream"];
  return run("xz", options, { input: payload, encoding: "buffer" });
}

/** A cpio archive of what the guest starts from. */
function packInitramfs(unpacked, folder) {
  for (const name of ["bin", "sbin", "proc", "sys", "dev", "host", "job", "project"]) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  copyFileSync("/bin/busybox", join(folder, "bin/busybox"));
  for (const name of programs) symlinkSync("busybox", join(folder, "bin", name));
  // Where the kernel looks for it when it wants a module itself, as for a cipher.
  symlinkSync("../bin/busybox", join(folder, "sbin/modprobe"));
  writeFileSync(join(folder, "init"), readInit(), { mode: 0o755 });
  copyModules(unpacked, folder);
  const names = readdirSync(folder, { recursive: true }).sort().join("\n");
  const options = ["--create", "--format=newc", "--quiet", "--owner=0:0"];
  return run("cpio", options, { cwd: folder, input: Buffer.from(`${names}\n`), encoding: "buffer" });
}

/** Copies the modules with those that they need, and the list by which modprobe finds them. */
function copyModules(unpacked, folder) {
  const [version] = readdirSync(join(unpacked, "lib/modules"));
  run("depmod", ["--basedir", unpacked, version]);
  for (const name of [...bootModules, ...tlsModules]) {
    const shown = run("modprobe", ["--dirname", unpacked, "--set-version", version, "--show-depends", name]);
    for (const [, path] of shown.matchAll(/^insmod (\S+)/gm)) {
      const target = join(folder, relative(unpacked, path));
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(path, target);
    }
  }
  for (const name of ["modules.order", "modules.builtin", "modules.builtin.modinfo"]) {
    copyFileSync(join(unpacked, "lib/modules", version, name), join(folder, "lib/modules", version, name));
  }
  run("depmod", ["--basedir", folder, version]);
}
