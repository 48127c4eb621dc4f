// A ring as a kernel keeps it, over plain memory: takes submissions from the queue, and brings completions when it is
// entered, as with IORING_SETUP_DEFER_TASKRUN. The numbers are those of linux/io_uring.h.

import type { RingSetup } from "#src/uring/native-calls.js";
import { Submission } from "./fake-submission.js";

const ENTER_GETEVENTS = 0x1;
const SQ_CQ_OVERFLOW = 0x2;
const SQ_TASKRUN = 0x4;
const CQ_EVENTFD_DISABLED = 0x1;
const CQE_F_MORE = 0x2;
const ENTRY_BYTES = 64;
const CQE_BYTES = 16;
/** Where in the queues what lies, in words. */
const at = {
  sqHead: 0,
  sqTail: 1,
  sqMask: 2,
  sqFlags: 3,
  cqHead: 4,
  cqTail: 5,
  cqMask: 6,
  cqFlags: 7,
  array: 16,
};

interface Completion {
  readonly userData: bigint;
  readonly result: number;
  readonly flags: number;
}

export interface FakeRingOptions {
  /** Entries of the submission queue, whatever was asked for; a power of two. */
  readonly entries?: number;
  readonly completions?: number;
  /** Where all four indexes begin. They are 32 bits wide and go round. */
  readonly firstIndex?: number;
}

export class FakeRing {
  readonly setup: RingSetup;
  /** Everything that was taken, in order. */
  readonly taken: Submission[] = [];
  /** What was taken and has not completed. */
  readonly underWay: Submission[] = [];
  /** What the next enters answer: -errno, or how many submissions they take at most. Later ones take everything. */
  readonly enterAnswers: number[] = [];
  enters = 0;
  /** Told of each submission when it has been taken. */
  onTaken: (submission: Submission) => void = () => {};
  /** Told when a completion waits that nobody is known to be waiting for. */
  onSignal: () => void = () => {};
  /** Completions that wait for an enter. */
  #work: Completion[] = [];
  readonly #words: Int32Array;
  readonly #entries: Uint8Array;
  readonly #cqes: DataView;

  constructor(fd: number, { entries = 4, completions = 8, firstIndex = 0 }: FakeRingOptions) {
    const cqes = (at.array + entries) * 4;
    const queues = new ArrayBuffer(cqes + completions * CQE_BYTES);
    const memory = new ArrayBuffer(entries * ENTRY_BYTES);
    this.#words = new Int32Array(queues);
    this.#entries = new Uint8Array(memory);
    this.#cqes = new DataView(queues, cqes);
    for (const index of [at.sqHead, at.sqTail, at.cqHead, at.cqTail]) this.#words[index] = firstIndex;
    this.#words[at.sqMask] = entries - 1;
    this.#words[at.cqMask] = completions - 1;
    this.setup = {
      fd,
      queues,
      entries: memory,
      features: 0,
      sqHead: at.sqHead * 4,
      sqTail: at.sqTail * 4,
      sqMask: at.sqMask * 4,
      sqFlags: at.sqFlags * 4,
      sqArray: at.array * 4,
      sqEntries: entries,
      cqHead: at.cqHead * 4,
      cqTail: at.cqTail * 4,
      cqMask: at.cqMask * 4,
      cqEntries: completions,
      cqFlags: at.cqFlags * 4,
      cqes,
    };
  }

  get isSignalling(): boolean {
    return (this.#words[at.cqFlags] & CQ_EVENTFD_DISABLED) === 0;
  }

  /** Completions that found no room in their queue, or were not asked for yet. */
  get waitingCompletions(): number {
    return this.#work.length;
  }

  enter(submissions: number, flags: number): number {
    this.enters++;
    const answer = this.enterAnswers.shift() ?? submissions;
    if (answer < 0) return answer;
    const count = Math.min(submissions, answer, (this.#words[at.sqTail] - this.#words[at.sqHead]) | 0);
    for (let i = 0; i < count; i++) this.#take();
    // The kernel looks at completions only when it has taken all that it was given.
    if (count === submissions && (flags & ENTER_GETEVENTS) !== 0) this.#bring();
    return count;
  }

  /** Completes what is under way; with F_MORE in `flags` it stays so. */
  complete(submission: Submission, result: number, flags = 0): void {
    const index = this.underWay.indexOf(submission);
    if (index < 0) throw new Error(`operation ${submission.opcode} is not under way`);
    if ((flags & CQE_F_MORE) === 0) this.underWay.splice(index, 1);
    this.#work.push({ userData: submission.userData, result, flags });
    this.#words[at.sqFlags] |= SQ_TASKRUN;
    if (this.isSignalling) this.onSignal();
  }

  #take(): void {
    const mask = this.#words[at.sqMask];
    const place = this.#words[at.array + (this.#words[at.sqHead] & mask)];
    const entry = this.#entries.subarray(place * ENTRY_BYTES, (place + 1) * ENTRY_BYTES);
    const submission = new Submission(entry.slice());
    // What lies in the queue belongs to the kernel until it is taken, and says nothing afterwards.
    entry.fill(0xee);
    this.#words[at.sqHead]++;
    this.taken.push(submission);
    this.underWay.push(submission);
    this.onTaken(submission);
  }

  #bring(): void {
    const words = this.#words;
    const size = words[at.cqMask] + 1;
    let brought = 0;
    while (brought < this.#work.length && ((words[at.cqTail] - words[at.cqHead]) | 0) < size) {
      const { userData, result, flags } = this.#work[brought++];
      const offset = (words[at.cqTail] & words[at.cqMask]) * CQE_BYTES;
      this.#cqes.setBigUint64(offset, userData, true);
      this.#cqes.setInt32(offset + 8, result, true);
      this.#cqes.setUint32(offset + 12, flags, true);
      words[at.cqTail]++;
    }
    this.#work = this.#work.slice(brought);
    words[at.sqFlags] = this.#work.length > 0 ? SQ_CQ_OVERFLOW : 0;
  }
}
