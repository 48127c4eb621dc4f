// Connecting through the ring: names are looked up, and addresses tried in turn, each with a head start over the next
// (Happy Eyeballs, RFC 8305).

import { type LookupAddress, lookup as systemLookup } from "node:dns";
import { isIP } from "node:net";
import { currentScope } from "../host/index.js";
import {
  type DialAddress,
  type Dialer,
  type Transport,
  TransportError,
  toTransportError,
} from "../transport/index.js";
import * as abi from "./abi.js";
import type { RingOwner } from "./ring.js";
import type { RingLoop } from "./ring-loop.js";
import { encodeInternetAddress, encodeUnixAddress } from "./socket-address.js";
import { type Place, systemError } from "./system-error.js";
import { setTcpOptions } from "./tcp-options.js";
import { UringTransport } from "./uring-transport.js";

const CONNECT = 1;
const CANCEL = 2;
/** RFC 8305 §8: "Connection Attempt Delay … 250 milliseconds" is recommended. */
const ATTEMPT_DELAY_MS = 250;

export class UringDialer implements Dialer {
  readonly #loop: RingLoop;

  constructor(loop: RingLoop) {
    this.#loop = loop;
  }

  async dial(address: DialAddress, deadline: AbortSignal): Promise<Transport> {
    deadline.throwIfAborted();
    const targets = "path" in address ? [unixTarget(address.path)] : await internetTargets(address, deadline);
    return new UringTransport(this.#loop, await race(this.#loop, targets, deadline), currentScope());
  }
}

type HostAddress = Extract<DialAddress, { host: string }>;

interface Target {
  readonly family: number;
  readonly address: Uint8Array;
  readonly place: Place;
}

function unixTarget(path: string): Target {
  const place = { address: path };
  const address = encodeUnixAddress(path);
  if (typeof address === "number") throw systemError(address, "connect", place);
  return { family: abi.AF_UNIX, address, place };
}

async function internetTargets(address: HostAddress, deadline: AbortSignal): Promise<Target[]> {
  const { host, port } = address;
  const addresses = isIP(host) ? [{ address: host, family: isIP(host) }] : await lookUp(address, deadline);
  return interleave(addresses).map((found) => {
    const family = isIP(found.address);
    if (family !== 0)
      return {
        family: family === 6 ? abi.AF_INET6 : abi.AF_INET,
        address: encodeInternetAddress(found.address, port),
        place: { address: found.address, port },
      };
    const text = `${host} was looked up to "${found.address}", which is no IP address`;
    throw new TransportError("HOST_NOT_FOUND", text);
  });
}

function lookUp({ host, lookup }: HostAddress, deadline: AbortSignal): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(deadline.reason);
    deadline.addEventListener("abort", onAbort, { once: true });
    const done = (
      error: NodeJS.ErrnoException | null | undefined,
      found: string | LookupAddress[],
      family?: number,
    ): void => {
      deadline.removeEventListener("abort", onAbort);
      if (error) reject(toTransportError(error));
      else if (typeof found !== "string") resolve(found);
      else resolve([{ address: found, family: family ?? isIP(found) }]);
    };
    (lookup ?? systemLookup)(host, { all: true }, done as never);
  });
}

/** RFC 8305 §4: address families take turns, beginning with that of the first address. */
function interleave(addresses: readonly LookupAddress[]): LookupAddress[] {
  const first = addresses.filter(({ family }) => family === addresses[0].family);
  const second = addresses.filter(({ family }) => family !== addresses[0].family);
  const ordered: LookupAddress[] = [];
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    if (i < first.length) ordered.push(first[i]);
    if (i < second.length) ordered.push(second[i]);
  }
  return ordered;
}

/** The descriptor of the first connection to be open. Rejects with the first failure when all have failed. */
function race(loop: RingLoop, targets: readonly Target[], deadline: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const attempts = new Set<Attempt>();
    let next = 0;
    let failure: TransportError | undefined;
    let timer: NodeJS.Timeout | undefined;
    const finish = (): void => {
      clearTimeout(timer);
      deadline.removeEventListener("abort", onAbort);
      for (const attempt of attempts) attempt.abandon();
    };
    const onAbort = (): void => {
      finish();
      reject(deadline.reason);
    };
    const tryNext = (): void => {
      clearTimeout(timer);
      if (next === targets.length) return;
      const target = targets[next++];
      const attempt = new Attempt(loop, target, (result) => {
        attempts.delete(attempt);
        if (result >= 0) {
          finish();
          resolve(result);
          return;
        }
        failure ??= systemError(result, "connect", target.place);
        if (next < targets.length) tryNext();
        else if (attempts.size === 0) {
          finish();
          reject(failure);
        }
      });
      attempts.add(attempt);
      attempt.begin();
      if (next < targets.length) timer = setTimeout(tryNext, ATTEMPT_DELAY_MS);
    };
    deadline.addEventListener("abort", onAbort, { once: true });
    if (deadline.aborted) onAbort();
    else if (targets.length > 0) tryNext();
    else {
      finish();
      reject(new TransportError("HOST_NOT_FOUND", "the host has no address"));
    }
  });
}

/** One connect, from its submission to its last completion. */
class Attempt implements RingOwner {
  readonly #loop: RingLoop;
  readonly #target: Target;
  readonly #done: (result: number) => void;
  #fd = -1;
  #slot = -1;
  #underWay = 0;
  #isAbandoned = false;

  /** `done` is told the connected descriptor, or -errno. */
  constructor(loop: RingLoop, target: Target, done: (result: number) => void) {
    this.#loop = loop;
    this.#target = target;
    this.#done = done;
  }

  begin(): void {
    const { native, ring } = this.#loop;
    this.#slot = ring.claimSlot(this);
    this.#loop.keepAlive(true);
    this.#fd = native.socketOpen(this.#target.family, abi.SOCK_STREAM, 0);
    if (this.#fd < 0) {
      const result = this.#fd;
      this.#release();
      process.nextTick(() => {
        if (!this.#isAbandoned) this.#done(result);
      });
      return;
    }
    if (this.#target.family !== abi.AF_UNIX) setTcpOptions(native, this.#fd);
    ring.connect(this.#fd, this.#target.address, this.#slot, CONNECT);
    this.#begun();
  }

  /** Nobody waits for it any more. */
  abandon(): void {
    this.#isAbandoned = true;
    if (this.#underWay === 0) return;
    this.#loop.ring.cancelDescriptor(this.#fd, this.#slot, CANCEL);
    this.#begun();
  }

  completed(kind: number, result: number): void {
    this.#underWay--;
    if (this.#isAbandoned) {
      if (this.#underWay > 0) return;
      this.#loop.native.descriptorClose(this.#fd);
      this.#release();
      return;
    }
    if (kind !== CONNECT) return;
    this.#release();
    if (result < 0) this.#loop.native.descriptorClose(this.#fd);
    this.#done(result < 0 ? result : this.#fd);
  }

  #begun(): void {
    this.#underWay++;
    this.#loop.submitSoon();
  }

  #release(): void {
    this.#loop.keepAlive(false);
    this.#loop.ring.releaseSlot(this.#slot);
  }
}
