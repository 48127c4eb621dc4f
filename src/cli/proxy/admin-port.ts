// The admin port of a run: where the plan says, and, once another process has that place, on a free port of this machine, for
// whoever wants to see what is left here.

import { type Admin, type ListeningDescriptor, type ReverseProxy, startAdmin } from "../../proxy/index.js";
import { nameOfPlace } from "./listen-text.js";
import type { AdminPlan } from "./proxy-plan.js";

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

  get url(): string | undefined {
    return this.#admin?.url;
  }

  /** What a successor needs to go on here. */
  get descriptor(): ListeningDescriptor | undefined {
    const fd = this.#admin?.descriptor?.fd;
    return fd === undefined || this.#plan === undefined ? undefined : { fd, address: handedName(this.#plan) };
  }

  /** On the socket that was handed over for it, if one was. */
  async open(plan: AdminPlan, fd?: number): Promise<void> {
    this.#admin = await startAdmin(this.#proxy, fd === undefined ? plan : { fd, host: plan.host });
    this.#plan = plan;
  }

  /** Lets the successor have the place. */
  leave(): void {
    this.#left = this.#admin;
    this.#admin = undefined;
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
    await Promise.all(open.map((admin) => admin?.close()));
  }
}

/** What the successor knows its socket by; a listener has no such name. */
export function handedName({ port, host }: AdminPlan): string {
  return `admin ${nameOfPlace({ port, host })}`;
}
