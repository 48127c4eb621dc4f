// The admin port of a run: where the plan says, and, once another process has that place, on a free port of this machine, for
// whoever wants to see what is left here.

import { defaultPortOf } from "../../handshake/index.js";
import { type Admin, type ListeningDescriptor, type ReverseProxy, startAdmin } from "../../proxy/index.js";
import { nameOfPlace } from "./listen-text.js";
import { listeningAt } from "./listening-failure.js";
import type { AdminPlan, ListenerPlan } from "./proxy-plan.js";

export class AdminPort {
  readonly #proxy: ReverseProxy;
  #admin: Admin | undefined;
  #plan: AdminPlan | undefined;
  /** That of the plan, when another process has its place. */
  #left: Admin | undefined;

  constructor(proxy: ReverseProxy) {
    this.#proxy = proxy;
  }

  get isOpen(): boolean {
    return this.#admin !== undefined;
  }

  /** Where it is open, if it is; undefined once another process has that place. */
  get plan(): AdminPlan | undefined {
    return this.#plan;
  }

  get url(): string | undefined {
    return this.#admin?.url;
  }

  /** What a successor needs to go on here. */
  get descriptor(): ListeningDescriptor | undefined {
    const fd = this.#admin?.descriptor?.fd;
    return fd === undefined || this.#plan === undefined ? undefined : { fd, name: handedName(this.#plan) };
  }

  /** On the socket that was handed over for it, if one was. Rejects with what to do where the place cannot be had. */
  async open(plan: AdminPlan, fd?: number): Promise<void> {
    const target = fd === undefined ? plan : { fd, host: plan.host };
    this.#admin = await listeningAt(plan, "the admin port", () => startAdmin(this.#proxy, target));
    this.#plan = plan;
  }

  /** Closes it, or opens it in another place. Rejects where that cannot be had: then it stays where it was, as far as it can. */
  async move(plan: AdminPlan | undefined): Promise<void> {
    const [before, old] = [this.#admin, this.#plan];
    // Port 0 is a free one, which nobody has.
    const isInTheWay = before !== undefined && plan?.port !== 0 && plan?.port === portOf(before.url);
    if (plan === undefined || isInTheWay) await this.close();
    if (plan === undefined) return;
    try {
      await this.open(plan);
    } catch (error) {
      if (isInTheWay && old !== undefined) await this.open({ ...old, port: plan.port });
      this.#plan = old;
      throw error;
    }
    if (!isInTheWay) await before?.close();
  }

  /** Lets the successor have the place. */
  leave(): void {
    this.#left = this.#admin;
    this.#admin = undefined;
    this.#plan = undefined;
    this.#left?.leave();
  }

  /** Where this process can be asked now that it has left. */
  async openElsewhere(): Promise<void> {
    if (this.#left !== undefined) this.#admin = await startAdmin(this.#proxy, { port: 0 });
  }

  async close(): Promise<void> {
    const open = [this.#admin, this.#left];
    this.#admin = undefined;
    this.#left = undefined;
    this.#plan = undefined;
    await Promise.all(open.map((admin) => admin?.close()));
  }
}

/** As a number, also where it is left out for being that of the scheme. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === "" ? defaultPortOf(protocol === "https:") : Number(port);
}

/** What the successor knows its socket by; a listener has no such name. */
function handedName({ port, host }: AdminPlan): string {
  return `admin ${nameOfPlace({ port, host })}`;
}

/** The names of sockets that are where this listener is to be: its own, and that of an admin port that has its place now. */
export function handedForListener({ name, target }: ListenerPlan): string[] {
  if ("path" in target || target.host === undefined || target.port === 0) return [name];
  return [name, handedName({ port: target.port, host: target.host })];
}

/** The same for the admin port. */
export function handedForAdmin(admin: AdminPlan): string[] {
  return admin.port === 0 ? [handedName(admin)] : [handedName(admin), nameOfPlace(admin)];
}
