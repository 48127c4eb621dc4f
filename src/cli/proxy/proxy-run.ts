// One run of the proxy: it listens, reads its plan again, hands its listeners to a successor, and drains.

import { closeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import {
  createProxy,
  type InheritedListeners,
  type ListeningDescriptor,
  type ProxyOptions,
  type ReverseProxy,
} from "../../proxy/index.js";
import type { ServerAddress } from "../../server/index.js";
import type { AccessLog } from "./access-log.js";
import { AdminPort, handedForAdmin, handedForListener } from "./admin-port.js";
import { listeningAt } from "./listening-failure.js";
import type { PidFile } from "./pid-file.js";
import { describeFailure } from "./proxy-failure.js";
import type { ProxyLog } from "./proxy-log.js";
import { counted, type ListenerPlan, type ProxyPlan } from "./proxy-plan.js";
import { Succession } from "./succession.js";

/** Who is in a hurry does not wait for a disk that hangs. */
const LAST_LINES_MS = 500;

export interface RunParts {
  readonly log: ProxyLog;
  readonly accessLog: AccessLog;
  readonly pidFile: PidFile | undefined;
  /** A URL that it listens on. */
  announce(url: string): void;
}

interface OpenListener {
  /** With the certificates that it shows now. */
  plan: ListenerPlan;
  readonly address: ServerAddress;
}

export class ProxyRun {
  readonly #parts: RunParts;
  readonly #proxy: ReverseProxy;
  readonly #admin: AdminPort;
  readonly #listeners: OpenListener[] = [];
  readonly #started: ProxyOptions;
  readonly #succession: Succession;
  #plan: ProxyPlan;
  /** Another process goes on: resolves when this one has let go. */
  #leaving: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #lingerTimer: NodeJS.Timeout | undefined;
  #end: () => void = () => {};
  /** Resolves when it has drained. */
  readonly over: Promise<void>;

  /** Throws `StateError` and the like as `createProxy` does. */
  constructor(plan: ProxyPlan, parts: RunParts) {
    this.#parts = parts;
    this.#plan = plan;
    this.#started = plan.options;
    this.#proxy = createProxy(this.#optionsOf(plan));
    this.#admin = new AdminPort(this.#proxy);
    this.#succession = new Succession(parts.log);
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Another process listens in its place, or it is ending. */
  get isLeaving(): boolean {
    return this.#leaving !== undefined || this.#closing !== undefined;
  }

  /** What there is of what was asked for: some of it cannot be had, or not before the process is started again. */
  get inForce(): ProxyPlan {
    return {
      ...this.#plan,
      listeners: this.#listeners.map(({ plan }) => plan),
      admin: this.#admin.plan,
    };
  }

  /** What the listeners were made with. */
  get startedWith(): ProxyOptions {
    return this.#started;
  }

  /** "2 connections and 1 request", which have not ended; "" for none. */
  get underWay(): string {
    const { connections, requests } = this.#proxy;
    const counts = [
      connections > 0 && counted(connections, "connection"),
      requests > 0 && counted(requests, "request"),
    ];
    return counts.filter((count) => count !== false).join(" and ");
  }

  /** Rejects when it cannot listen everywhere: then it listens nowhere, and nothing has been announced. */
  async start(inherited: InheritedListeners | undefined): Promise<void> {
    const handed = [...(inherited?.listeners ?? [])];
    const { listeners, admin, accessLog } = this.#plan;
    try {
      if (inherited === undefined) this.#parts.pidFile?.expectFree();
      this.#parts.accessLog.open(accessLog);
      for (const listener of listeners)
        await this.#listen(listener, takeHanded(handed, handedForListener(listener)));
      if (admin !== undefined) await this.#admin.open(admin, takeHanded(handed, handedForAdmin(admin)));
      // A successor is named by whoever lets it go on, when that leaves.
      if (inherited === undefined) this.#parts.pidFile?.write(process.pid);
    } catch (error) {
      await this.#admin.close();
      await this.#proxy.close({ timeoutMs: 0 });
      throw error;
    } finally {
      // The config of this process does not name them any more.
      for (const { fd } of handed) closeSync(fd);
    }
    // Whoever was told to end meanwhile does not take over.
    if (this.#closing !== undefined) return;
    inherited?.ready();
    for (const { address } of this.#listeners) this.#parts.announce(address.url);
    this.#noteAdmin();
  }

  /** Throws when the proxy does not take the plan: then everything is as before. What stands beside the proxy may fail by itself,
   * which is said. */
  async reload(plan: ProxyPlan): Promise<void> {
    this.#take(plan);
    this.#plan = plan;
    // A listener may get the place that it leaves.
    if (!isDeepStrictEqual(plan.admin, this.#admin.plan)) await this.#moveAdmin(plan.admin);
    const isOpen = ({ name }: ListenerPlan): boolean =>
      this.#listeners.some((open) => open.plan.name === name);
    // Where it could not listen at the last reload, it may now.
    for (const listener of plan.listeners.filter((wanted) => !isOpen(wanted)))
      await this.#listen(listener, undefined).then(
        ({ url }) => this.#parts.announce(url),
        (error: unknown) => this.#parts.log.always(`! ${describeFailure(error)}`),
      );
  }

  /** Starts this command line again and lets it go on with the listening sockets; open connections stay here until they end. */
  async handOver(): Promise<void> {
    const { log } = this.#parts;
    if (this.isLeaving) {
      log.always("! nothing is handed over: this process does not listen any more");
      return;
    }
    const descriptors = this.#descriptors();
    if (descriptors === undefined) {
      log.always("! nothing is handed over: not every listener here has a descriptor to give");
      return;
    }
    const pid = await this.#succession.begin(descriptors);
    if (pid === undefined) return;
    this.#leaving = this.#leaveTo(pid);
    await this.#leaving;
  }

  /** Tells every client to go, and waits for them as long as the plan says. A successor that is not ready yet ends as well. */
  drain(): Promise<void> {
    clearTimeout(this.#lingerTimer);
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends everything at once, and waits only for the log of it. */
  async abandon(): Promise<void> {
    clearTimeout(this.#lingerTimer);
    this.#parts.pidFile?.remove();
    void this.#admin.close();
    await Promise.race([this.#cut(), sleep(LAST_LINES_MS, undefined, { ref: false })]);
  }

  /** All of it, or nothing. */
  #take(plan: ProxyPlan): void {
    const { accessLog } = this.#parts;
    const changed: [OpenListener, ListenerPlan][] = [];
    accessLog.open(plan.accessLog);
    try {
      for (const open of this.#listeners) {
        const wanted = plan.listeners.find(({ name }) => name === open.plan.name);
        const { plan: old } = open;
        if (old.certificates.length === 0 || wanted === undefined || wanted.certificates.length === 0)
          continue;
        this.#showCertificates(open, wanted.certificates);
        changed.push([open, old]);
      }
      this.#proxy.reload(this.#optionsOf(plan));
    } catch (error) {
      for (const [open, { certificates }] of changed) this.#showCertificates(open, certificates);
      accessLog.open(this.#plan.accessLog);
      throw error;
    }
  }

  #showCertificates(open: OpenListener, certificates: ListenerPlan["certificates"]): void {
    this.#proxy.updateCertificates(certificates, open.address);
    open.plan = { ...open.plan, certificates };
  }

  async #moveAdmin(plan: ProxyPlan["admin"]): Promise<void> {
    try {
      await this.#admin.move(plan);
      this.#noteAdmin();
    } catch (error) {
      const { url } = this.#admin;
      const outcome = url === undefined ? "there is no admin port" : `the admin port stays on ${url}`;
      this.#parts.log.always(`! ${outcome}: ${describeFailure(error)}`);
    }
  }

  async #attempt(failure: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#parts.log.always(`! ${failure}: ${describeFailure(error)}`);
    }
  }

  async #cut(): Promise<void> {
    await this.#proxy.close({ code: this.#plan.drain.code, timeoutMs: 0 });
    await this.#parts.accessLog.close();
  }

  async #close(): Promise<void> {
    const { code, timeoutMs } = this.#plan.drain;
    await Promise.all([this.#succession.giveUp(), this.#proxy.close({ code, timeoutMs })]);
    // It is said which process goes on.
    await this.#leaving;
    // Whoever asks whether it lives, or who is still there, is answered until nobody is.
    await this.#admin.close();
    await this.#parts.accessLog.close();
    this.#end();
  }

  /** What a successor goes on with, by the names that it has for it; undefined where it cannot be given. */
  #descriptors(): readonly ListeningDescriptor[] | undefined {
    const given = this.#proxy.listeningDescriptors;
    const { descriptor } = this.#admin;
    const isWhole =
      given.length === this.#listeners.length && (descriptor !== undefined) === this.#admin.isOpen;
    if (!isWhole) return undefined;
    const named = given.map(({ fd }, index) => ({ fd, name: this.#listeners[index].plan.name }));
    return descriptor === undefined ? named : [...named, descriptor];
  }

  async #leaveTo(pid: number): Promise<void> {
    const { log, pidFile } = this.#parts;
    await this.#attempt("the successor is not named", async () => pidFile?.write(pid));
    this.#admin.leave();
    await this.#proxy.leave();
    const { underWay } = this;
    const end = underWay === "" ? "now" : `when nothing is left of ${underWay}`;
    log.always(`process ${pid} goes on here; this one ends ${end}`);
    if (underWay !== "" && this.#closing === undefined)
      await this.#attempt("until it ends, it has no admin port", async () => {
        await this.#admin.openElsewhere();
        if (this.#admin.isOpen) log.note(`until it ends, its admin port is on ${this.#admin.url}`);
      });
    this.#linger();
  }

  /** Until the last connection has ended, or as long as the plan allows. */
  #linger(): void {
    const { lingerMs } = this.#plan.drain;
    const drain = (): void => void this.drain();
    if (lingerMs !== Infinity) this.#lingerTimer = setTimeout(drain, lingerMs);
    void this.#proxy.idle().then(drain);
  }

  async #listen(listener: ListenerPlan, fd: number | undefined): Promise<ServerAddress> {
    const { target, tls, certificates, proxyProtocol } = listener;
    const options = {
      ...(fd === undefined ? target : { fd }),
      ...(tls !== undefined && { tls: { ...tls, certificates } }),
      ...(proxyProtocol && { proxyProtocol }),
    };
    const address = await listeningAt(target, "", () => this.#proxy.listen(options));
    this.#listeners.push({ plan: listener, address });
    return address;
  }

  #noteAdmin(): void {
    if (this.#admin.isOpen) this.#parts.log.note(`admin port on ${this.#admin.url}`);
  }

  #optionsOf({ options, accessLog }: ProxyPlan): Parameters<typeof createProxy>[0] {
    const { log, accessLog: entries } = this.#parts;
    // Connections keep their hooks, and may end when there is another access log.
    return { ...options, hooks: log.hooks((entry) => entries.write(entry), accessLog !== undefined) };
  }
}

/** The descriptor that was handed over under the first of these names that there is, and is not taken yet. */
function takeHanded(handed: ListeningDescriptor[], names: readonly string[]): number | undefined {
  const index = names.map((name) => handed.findIndex((each) => each.name === name)).find((at) => at >= 0);
  return index === undefined ? undefined : handed.splice(index, 1)[0].fd;
}
