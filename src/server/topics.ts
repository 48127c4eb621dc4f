// Topics of one server. A message is encoded once for all subscribers, and compressed once for all who agreed on the
// same window: a frame that refers to nothing before it suits every one of them.

import type { Broker, MessageData, SendOptions, SharedMessage, Subscriber } from "../connection/index.js";
import { checkSendOptions, payloadOf } from "../connection/index.js";
import { nodeEngine } from "../host/index.js";
import {
  describeValue,
  encodeMessage,
  encodeText,
  type MessageCodec,
  StateError,
} from "../protocol/index.js";

export class Topics implements Broker {
  readonly #members = new Map<string, Set<Subscriber>>();
  readonly #topics = new Map<Subscriber, Set<string>>();

  subscribe(member: Subscriber, topic: string): void {
    getOrCreate(this.#members, assertTopic(topic)).add(member);
    getOrCreate(this.#topics, member).add(topic);
  }

  unsubscribe(member: Subscriber, topic: string): void {
    this.#remove(member, topic);
    const topics = this.#topics.get(member);
    topics?.delete(topic);
    if (topics?.size === 0) this.#topics.delete(member);
  }

  isSubscribed(member: Subscriber, topic: string): boolean {
    return this.#members.get(topic)?.has(member) === true;
  }

  publish(topic: string, data: MessageData, options: SendOptions, except: Subscriber | undefined): number {
    checkSendOptions(options);
    const payload = payloadOf(data);
    const members = this.#members.get(assertTopic(topic));
    if (members === undefined) return 0;
    const message = new PublishedMessage(payload, options);
    let reached = 0;
    for (const member of members) {
      if (member === except) continue;
      if (member.deliver(message) !== "dropped") reached++;
    }
    return reached;
  }

  forget(member: Subscriber): void {
    for (const topic of this.#topics.get(member) ?? []) this.#remove(member, topic);
    this.#topics.delete(member);
  }

  #remove(member: Subscriber, topic: string): void {
    const members = this.#members.get(topic);
    members?.delete(member);
    if (members?.size === 0) this.#members.delete(topic);
  }
}

/** One message and the frames it has been made into so far. */
class PublishedMessage implements SharedMessage {
  readonly #payload: Uint8Array;
  readonly #isBinary: boolean;
  readonly #compress: boolean | undefined;
  #plain: Uint8Array | undefined;
  #compressed: Map<string, Uint8Array> | undefined;

  constructor(data: string | Uint8Array, options: SendOptions) {
    this.#payload = typeof data === "string" ? encodeText(nodeEngine, data) : data;
    this.#isBinary = options.binary ?? typeof data !== "string";
    this.#compress = options.compress;
  }

  frameFor(codec: MessageCodec | undefined): Uint8Array {
    if (codec === undefined || !(this.#compress ?? codec.isWorthwhile(this.#payload.length))) {
      this.#plain ??= encodeMessage(this.#payload, this.#isBinary, false);
      return this.#plain;
    }
    this.#compressed ??= new Map();
    let frame = this.#compressed.get(codec.encodingGroup);
    if (frame === undefined) {
      frame = encodeMessage(codec.encodeAlone(this.#payload), this.#isBinary, true);
      this.#compressed.set(codec.encodingGroup, frame);
    }
    return frame;
  }
}

function assertTopic(topic: unknown): string {
  if (typeof topic === "string") return topic;
  throw new StateError("INVALID_ARGUMENT", `a topic is a string, not ${describeValue(topic)}`);
}

function getOrCreate<K, V>(map: Map<K, Set<V>>, key: K): Set<V> {
  let set = map.get(key);
  if (set === undefined) {
    set = new Set();
    map.set(key, set);
  }
  return set;
}
