// Finds out that peers are gone: one queue and one timer for all connections of a clock, which cost each of them a
// few fields and a place in a list. Bytes of any kind count as a sign of life; a ping is sent only into silence. While nobody
// reads, the peer is judged by whether it takes what is sent.

import type { Clock, Timer } from "../host/index.js";
import type { ConnectionSettings, HeartbeatOptions } from "./connection-options.js";

/** What its pings carry, so that their pongs answer nobody else's, such as an empty one. */
export const HEARTBEAT_PAYLOAD = Uint8Array.from("heartbeat", (letter) => letter.charCodeAt(0));

/** A connection, as far as its heartbeat needs it. */
export interface HeartbeatHost {
  readonly settings: Pick<ConnectionSettings, "heartbeat">;
  /** When the last bytes came, by the clock. */
  readonly lastReceivedAt: number;
  /** Whether the connection is reading; when it is not, silence says nothing about the peer. */
  readonly isReading: boolean;
  /** Whether bytes wait for the peer. */
  readonly isCongested: boolean;
  /** Kept here for the queue: the place in it, -1 outside. */
  heartbeatPlace: number;
  /** Kept here for the queue: when to look at the connection. */
  heartbeatDueAt: number;
  /** Kept here for the queue: a ping was sent, and the time to answer it ends when the connection is due. */
  isHeartbeatAwaited: boolean;
  pingPeer(): void;
  /** Whether bytes have waited for the peer since the last time this was asked, and it has taken none of them. */
  isStalled(): boolean;
  /** Ends the connection, for what the peer does: "has taken nothing …". */
  die(what: string): void;
}

const queues = new WeakMap<Clock, HeartbeatQueue>();

/** The queue of all connections that live by this clock. */
export function heartbeatsOf(clock: Clock): HeartbeatQueue {
  let queue = queues.get(clock);
  if (queue === undefined) {
    queue = new HeartbeatQueue(clock);
    queues.set(clock, queue);
  }
  return queue;
}

export class HeartbeatQueue {
  readonly #clock: Clock;
  /** A binary heap: whoever is at place n is due no later than those at 2n + 1 and 2n + 2. */
  readonly #hosts: HeartbeatHost[] = [];
  #timer: Timer | undefined;
  #timerDueAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does nothing for a connection that wants no heartbeat. */
  add(host: HeartbeatHost): void {
    const { heartbeat } = host.settings;
    if (heartbeat === undefined) return;
    host.isHeartbeatAwaited = false;
    host.heartbeatDueAt = this.#clock.now() + heartbeat.intervalMs;
    this.#hosts.push(host);
    this.#place(host, this.#hosts.length - 1);
    this.#setTimer();
  }

  /** Does nothing for a connection that is not in the queue. */
  remove(host: HeartbeatHost): void {
    const { heartbeatPlace } = host;
    if (heartbeatPlace < 0) return;
    host.heartbeatPlace = -1;
    const last = this.#hosts.pop() as HeartbeatHost;
    if (last !== host) this.#place(last, heartbeatPlace);
    if (this.#hosts.length === 0) this.#setTimer();
  }

  /** Looks at every connection that is due. */
  ring(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (;;) {
      const first = this.#hosts.at(0);
      if (first === undefined || first.heartbeatDueAt > now) break;
      this.#look(first, now);
    }
    this.#setTimer();
  }

  #look(host: HeartbeatHost, now: number): void {
    const { lastReceivedAt, isReading, settings } = host;
    const { intervalMs, timeoutMs } = settings.heartbeat as Required<HeartbeatOptions>;
    const silentMs = now - lastReceivedAt;
    if (!isReading) this.#lookAtReader(host, now);
    else if (host.isHeartbeatAwaited && lastReceivedAt < host.heartbeatDueAt - timeoutMs) {
      this.remove(host);
      host.die(`has not sent anything for ${Math.round(silentMs)} ms, and did not answer a ping`);
    } else if (silentMs < intervalMs) this.#wait(host, now, intervalMs - silentMs, false);
    else {
      this.#wait(host, now, timeoutMs, true);
      host.pingPeer();
    }
  }

  /** Of a peer that nobody listens to it can only be told whether it reads. */
  #lookAtReader(host: HeartbeatHost, now: number): void {
    const { intervalMs, timeoutMs } = host.settings.heartbeat as Required<HeartbeatOptions>;
    const isStalled = host.isStalled();
    if (isStalled && host.isHeartbeatAwaited) {
      this.remove(host);
      host.die(`has taken nothing of what was sent for ${intervalMs + timeoutMs} ms`);
      return;
    }
    this.#wait(host, now, isStalled ? timeoutMs : intervalMs, isStalled);
    // TCP gives up by itself when nothing acknowledges this ping. Behind bytes that wait, it would tell nothing more.
    if (!host.isCongested) host.pingPeer();
  }

  #wait(host: HeartbeatHost, now: number, delayMs: number, isAwaited: boolean): void {
    // Whoever comes up has to leave the moment that is looked at, even if told to wait no time.
    host.heartbeatDueAt = now + Math.max(delayMs, 1);
    host.isHeartbeatAwaited = isAwaited;
    this.#place(host, host.heartbeatPlace);
  }

  /** Puts the connection where it belongs, by way of a place that is its own or nobody's. */
  #place(host: HeartbeatHost, free: number): void {
    const hosts = this.#hosts;
    const { heartbeatDueAt } = host;
    let place = free;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (hosts[above].heartbeatDueAt <= heartbeatDueAt) break;
      this.#put(hosts[above], place);
      place = above;
    }
    for (;;) {
      let below = 2 * place + 1;
      if (below >= hosts.length) break;
      const right = below + 1;
      if (right < hosts.length && hosts[right].heartbeatDueAt < hosts[below].heartbeatDueAt) below = right;
      if (hosts[below].heartbeatDueAt >= heartbeatDueAt) break;
      this.#put(hosts[below], place);
      place = below;
    }
    this.#put(host, place);
  }

  #put(host: HeartbeatHost, place: number): void {
    this.#hosts[place] = host;
    host.heartbeatPlace = place;
  }

  /** The timer rings for the first, or earlier, when the first has changed since: that costs nothing but a look. */
  #setTimer(): void {
    const first = this.#hosts.at(0);
    if (first !== undefined && this.#timer !== undefined && this.#timerDueAt <= first.heartbeatDueAt) return;
    this.#timer?.close();
    this.#timer = undefined;
    if (first === undefined) return;
    this.#timerDueAt = first.heartbeatDueAt;
    this.#timer = this.#clock.schedule(first.heartbeatDueAt - this.#clock.now(), ring, this);
  }
}

function ring(queue: HeartbeatQueue): void {
  queue.ring();
}
