// The ring of one thread in the event loop: an eventfd wakes it, it enters the kernel, tells everybody what has
// completed, hands over what they answered, and goes on for as long as that brings something new, but not for so long
// that others would wait. What is submitted at other times leaves once per turn.

import { nobody, sharedMemory, systemClock } from "../host/index.js";
import { loadNativeCalls, type NativeCalls, type Watch } from "./native-calls.js";
import { ReceiveBuffers } from "./receive-buffers.js";
import { describeMissingBuffers, describeMissingEvent, describeRefusal, RING_FLAGS } from "./refusal.js";
import { Ring } from "./ring.js";
import { receiveTemplate } from "./tls-message.js";
import { TurnBudget } from "./turn-budget.js";

/** Entries of the submission queue; a turn that submits more enters the kernel in between. */
const SUBMISSIONS = 4096;
const COMPLETIONS = 16_384;
/** Times that one waking enters the kernel before everybody else gets a turn. */
const MAX_ROUNDS = 16;
/** After so long the kernel is asked again when it has refused to be entered. */
const RETRY_MS = 10;

export class RingLoop {
  readonly native: NativeCalls;
  readonly ring: Ring;
  readonly buffers: ReceiveBuffers;
  readonly #watch: Watch;
  readonly #sharedAddress: number;
  /** Of the turn that the ring is taking. */
  readonly budget: TurnBudget;
  /** Bytes whose address was asked for last, until they have been submitted, and the address. */
  #lastBytes: Uint8Array | undefined;
  #lastAddress = 0;
  #template: Uint8Array | undefined;
  #keepers = 0;
  /** How often in a row the kernel has refused to be entered. */
  #failures = 0;
  #isRunning = false;
  #isSubmitAwaited = false;
  /** Whether the ring's next turn is awaited: it has one in each of the event loop's, however often it is woken. */
  #isTurnAwaited = false;

  private constructor(
    native: NativeCalls,
    ring: Ring,
    buffers: ReceiveBuffers,
    watch: Watch,
    now: () => number,
  ) {
    this.native = native;
    this.ring = ring;
    this.buffers = buffers;
    this.#sharedAddress = native.addressOf(new Uint8Array(sharedMemory));
    this.#watch = watch;
    this.budget = new TurnBudget(now);
    native.watchKeepAlive(watch, false);
  }

  /** A loop over a new ring; or in words what the kernel refuses. `now` is a clock in milliseconds. */
  static open(native: NativeCalls, now: () => number = preciseNow): RingLoop | string {
    const setup = native.ringSetup(SUBMISSIONS, COMPLETIONS, RING_FLAGS);
    if (typeof setup === "number") return describeRefusal(-setup);
    const ring = new Ring(native, setup);
    const eventFd = native.eventOpen();
    const loop = RingLoop.#equip(native, ring, eventFd, now);
    if (typeof loop !== "string") return loop;
    ring.close();
    if (eventFd >= 0) native.descriptorClose(eventFd);
    return loop;
  }

  static #equip(native: NativeCalls, ring: Ring, eventFd: number, now: () => number): RingLoop | string {
    const buffers = ReceiveBuffers.register(native, ring.fd);
    if (typeof buffers === "number") return describeMissingBuffers(-buffers);
    const registered = eventFd < 0 ? eventFd : native.ringRegisterEvent(ring.fd, eventFd);
    if (registered < 0) return describeMissingEvent(-registered);
    const watch = native.watchOpen(eventFd, () => loop.#run());
    if (typeof watch === "number") return describeMissingEvent(-watch);
    const loop = new RingLoop(native, ring, buffers, watch, now);
    return loop;
  }

  /** Something was submitted: it leaves with the round, or when the callback that submits it has returned. */
  submitSoon(): void {
    if (this.#isRunning || this.#isSubmitAwaited) return;
    this.#isSubmitAwaited = true;
    process.nextTick(this.#submit);
  }

  /** Where bytes lie in memory, for as long as somebody holds them. */
  addressOf(bytes: Uint8Array): number {
    if (bytes.buffer === sharedMemory) return this.#sharedAddress + bytes.byteOffset;
    // A message that is published goes to a thousand connections in a row, and asking for its address is a call.
    if (bytes !== this.#lastBytes) {
      this.#lastAddress = this.native.addressOf(bytes);
      this.#lastBytes = bytes;
    }
    return this.#lastAddress;
  }

  /** The address of what the receives of all connections with the kernel's TLS are told to leave room for. */
  get receiveTemplate(): number {
    this.#template ??= receiveTemplate();
    return this.native.addressOf(this.#template);
  }

  /** Somebody wants the process to stay alive, or does so no more. */
  keepAlive(isKeepingAlive: boolean): void {
    this.#keepers += isKeepingAlive ? 1 : -1;
    this.native.watchKeepAlive(this.#watch, this.#keepers > 0);
  }

  readonly #submit = (): void => {
    this.#isSubmitAwaited = false;
    // What completes is for the turn to come.
    if (this.#isTurnAwaited) this.ring.enter();
    else this.#run();
  };

  readonly #continue = (): void => {
    this.#isTurnAwaited = false;
    this.#run();
  };

  #run(): void {
    if (!this.#isRunning && !this.#isTurnAwaited) nobody.runInAsyncScope(this.#takeTurns, this);
  }

  #takeTurns(): void {
    this.#isRunning = true;
    const { ring, budget } = this;
    budget.begin();
    ring.isSignalling = false;
    let isIdle = false;
    try {
      for (let round = 0; round < MAX_ROUNDS && !budget.isSpent; round++) {
        const result = ring.enter();
        this.#failures = result < 0 ? this.#failures + 1 : 0;
        const count = ring.reap(budget);
        if (result < 0) return;
        if (count > 0 || ring.unsubmitted > 0) continue;
        ring.isSignalling = true;
        // What came while nobody was signalled would not be noticed again.
        isIdle = !ring.hasWork;
        if (isIdle) return;
        ring.isSignalling = false;
      }
    } finally {
      this.#isRunning = false;
      this.#lastBytes = undefined;
      // There is more, also when somebody threw; the rest of the program comes first. Nobody need be signalled until then.
      if (!isIdle) {
        this.#isTurnAwaited = true;
        // The kernel may be short of something; asking again and again at once would only spin.
        if (this.#failures > MAX_ROUNDS) setTimeout(this.#continue, RETRY_MS);
        else setImmediate(this.#continue);
      }
    }
  }
}

function preciseNow(): number {
  return systemClock.preciseNow();
}

let opened: RingLoop | string | undefined;

/** The thread's loop, made when it is first asked for; or in words why there is none. */
export function ringLoop(): RingLoop | string {
  if (opened === undefined) {
    const native = loadNativeCalls();
    opened = typeof native === "string" ? native : RingLoop.open(native);
  }
  return opened;
}
