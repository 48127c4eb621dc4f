// The emulated machine: starts qemu, shows the guest's console, and ends qemu when its time is over.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { env } from "./packages.mjs";

// A kernel that would go on after a fault of its own, or a warning of one, must not pass for health: it panics.
const kernelArguments = [
  "console=ttyS0 quiet loglevel=4 panic=-1 oops=panic panic_on_warn=1",
  "tsc=reliable no_timer_check mitigations=off nokaslr random.trust_cpu=on",
].join(" ");

/** A folder of the host that the guest may read. */
function shared(name, path) {
  const options = "security_model=none,readonly=on,multidevs=remap";
  return [
    ...["-fsdev", `local,id=${name},path=${path.replaceAll(",", ",,")},${options}`],
    ...["-device", `virtio-9p-pci,fsdev=${name},mount_tag=${name}`],
  ];
}

// One processor and plain emulation, so that the guest is the same wherever it runs.
function machineArguments({ kernel, initramfs }, job) {
  return [
    ...["-nodefaults", "-no-user-config", "-no-reboot"],
    ...["-machine", "q35", "-accel", "tcg,thread=single", "-cpu", "max", "-smp", "1", "-m", "1024"],
    ...["-display", "none", "-monitor", "none", "-serial", "stdio"],
    ...["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04", "-device", "virtio-rng-pci"],
    ...["-kernel", kernel, "-initrd", initramfs, "-append", kernelArguments],
    ...shared("root", "/"),
    ...shared("job", job),
  ];
}

function quoted(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Writes what the guest is to do where it finds it: the project's place, and a script to run there. */
function writeJob(folder, { project, command, variables }) {
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`);
  const lines = [
    `cd ${quoted(project)} || exit`,
    `exec env -i ${[...settings, ...command.map(quoted)].join(" ")} </dev/null`,
  ];
  writeFileSync(join(folder, "project"), project);
  writeFileSync(join(folder, "run"), `${lines.join("\n")}\n`);
}

/** Boots the images and runs the job in them. Answers how qemu ended and what it printed, for `judge`. */
export async function runMachine(images, job, deadlineSeconds) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-ktls-"));
  try {
    writeJob(folder, job);
    return await watch(machineArguments(images, folder), deadlineSeconds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function watch(args, deadlineSeconds) {
  const qemu = spawn("qemu-system-x86_64", args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ending = { deadlineSeconds, isLate: false };
  let text = "";
  for (const [stream, target] of [
    [qemu.stdout, process.stdout],
    [qemu.stderr, process.stderr],
  ]) {
    const decoder = new StringDecoder("utf8");
    stream.on("data", (chunk) => {
      text += decoder.write(chunk);
      target.write(chunk);
    });
  }
  const kill = () => qemu.kill("SIGKILL");
  const timer = setTimeout(() => {
    ending.isLate = true;
    kill();
  }, deadlineSeconds * 1000);
  // The machine must not outlive the command.
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, kill);
  return new Promise((resolve) => {
    const end = (more) => {
      clearTimeout(timer);
      for (const signal of signals) process.off(signal, kill);
      resolve({ ending: { ...ending, ...more }, text });
    };
    qemu.once("error", (error) => end({ error: error.message }));
    qemu.once("close", (code, signal) => end({ code, signal }));
  });
}
