// A process that goes on where another one listens. It gets the listening sockets as descriptors from 3 on and says when it is
// ready; until then the first one accepts too, so that nobody who connects meanwhile finds a port closed.

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, writeSync } from "node:fs";
import type { Readable } from "node:stream";
import { toError } from "../../connection/index.js";
import { ProxyError } from "../errors.js";
import { type Inheritance, noteInherited } from "./inherited-file.js";

/** A socket that listens. */
export interface ListeningDescriptor {
  readonly fd: number;
  /** What the process that gets it knows it by. By itself "127.0.0.1:8080", "[::]:8080", or the path of a unix socket; whoever
   * hands it over may write another. */
  readonly name: string;
}

/** What a process has been handed. */
export interface InheritedListeners {
  /** Each can be listened on with `listen({ fd })`. */
  readonly listeners: readonly ListeningDescriptor[];
  /** Says that all of them are listened on: from now on whoever had them accepts nothing more, and the files of unix sockets are
   * this process's to remove, which a proxy does when it closes. */
  ready(): void;
}

export interface Successor {
  readonly pid: number;
}

/** Names the sockets, and where to say that one is ready: JSON. */
const VARIABLE = "SLUICE_LISTEN_FDS";
const FIRST_FD = 3;
/** What the successor says. */
const READY = "ready";
/** One that does not end when it is asked to is ended all the same. */
const KILL_AFTER_MS = 5000;

interface Handed {
  readonly listeners: readonly ListeningDescriptor[];
  readonly readyFd: number;
}

/**
 * Starts `command` with the sockets, and answers when it says that it is ready, by `inheritedListeners(process.env).ready()`: the
 * caller can then leave its listeners. Rejects with `ProxyError` `HAND_OVER_FAILED` when the process cannot be started, ends before,
 * takes longer than `readyTimeoutMs`, or when `signal` is aborted before it is ready: it has been ended then, and the caller goes on
 * as if nothing had been. The successor has this process's environment, standard output and standard error, and goes on when
 * this one ends.
 */
export async function handOver(
  command: string,
  args: readonly string[],
  descriptors: readonly ListeningDescriptor[],
  readyTimeoutMs: number,
  signal?: AbortSignal,
): Promise<Successor> {
  const readyFd = FIRST_FD + descriptors.length;
  const listeners = descriptors.map(({ name }, index) => ({ fd: FIRST_FD + index, name }));
  const handed: Handed = { listeners, readyFd };
  let child: ChildProcess | undefined;
  try {
    signal?.throwIfAborted();
    child = spawn(command, args, {
      env: { ...process.env, [VARIABLE]: JSON.stringify(handed) },
      stdio: ["ignore", "inherit", "inherit", ...descriptors.map(({ fd }) => fd), "pipe"],
    });
    await readiness(child, child.stdio[readyFd] as Readable | null, readyTimeoutMs, signal);
  } catch (cause) {
    await end(child);
    const text = `the successor ${command} did not take over: ${toError(cause).message}`;
    throw new ProxyError("HAND_OVER_FAILED", text, { cause });
  }
  child.unref();
  return { pid: child.pid ?? 0 };
}

/** What the process has been handed by `handOver`; undefined when it was started otherwise. Takes the variable out of `env`: what
 * this process starts in turn has none of these descriptors. Throws `ProxyError` `HAND_OVER_FAILED` for what nobody handed over. */
export function inheritedListeners(env: NodeJS.ProcessEnv): InheritedListeners | undefined {
  const text = env[VARIABLE];
  if (text === undefined) return undefined;
  delete env[VARIABLE];
  const { listeners, readyFd } = parseHanded(text);
  const inheritance: Inheritance = { isTaken: false };
  for (const { fd } of listeners) noteInherited(fd, inheritance);
  return {
    listeners,
    ready(): void {
      if (inheritance.isTaken) return;
      // Whoever had them may have given up waiting, and goes on then.
      writeSync(readyFd, READY);
      inheritance.isTaken = true;
      closeSync(readyFd);
    },
  };
}

function parseHanded(text: string): Handed {
  try {
    const { listeners, readyFd } = JSON.parse(text) as Handed;
    const isDescriptor = (fd: unknown): boolean => Number.isInteger(fd) && (fd as number) >= FIRST_FD;
    const isListener = ({ fd, name }: ListeningDescriptor): boolean =>
      isDescriptor(fd) && typeof name === "string";
    if (isDescriptor(readyFd) && listeners.every(isListener)) return { listeners, readyFd };
  } catch {
    // It is said below.
  }
  const said = `${VARIABLE} is not what handOver makes of it: only a process that hands over its listening sockets sets it`;
  throw new ProxyError("HAND_OVER_FAILED", said);
}

function readiness(
  child: ChildProcess,
  pipe: Readable | null,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      child.off("error", settle).off("exit", onExit);
      signal?.removeEventListener("abort", onAbort);
      // What the successor writes there later, and how it ends, is nobody's concern.
      child.on("error", () => {});
      pipe?.on("error", () => {}).destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    const onExit = (status: number | null, signal: string | null): void =>
      settle(new Error(`it ended before it was ready, with ${signal ?? `status ${status}`}`));
    const onAbort = (): void => settle(toError(signal?.reason));
    signal?.addEventListener("abort", onAbort);
    const late = (): void => settle(new Error(`it was not ready within ${timeoutMs} ms (readyTimeoutMs)`));
    // What it has said by then is read first: it believes that it has taken over.
    const timer = setTimeout(() => setImmediate(late), timeoutMs);
    child.on("error", settle).on("exit", onExit);
    pipe?.on("error", () => {});
    pipe?.on("data", (chunk: Buffer) => {
      said += chunk.toString("latin1");
      if (said.startsWith(READY)) settle();
    });
  });
}

/** It may have accepted connections: it is asked first. Resolves when it has ended. */
async function end(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
  await new Promise((resolve) => child.once("exit", resolve));
  clearTimeout(timer);
}
