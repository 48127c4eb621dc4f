// MessageEvent of the HTML Standard. Node.js has one, but naming it loads Node's HTTP client, for every program that imports
// this package. So there is one here, and only a WebSocket that is the global one fires Node's (fired-event.ts).

import { isObject, iteratedItems, toDictionary, toDomString, toUsvString } from "./conversion.js";
import { type EventInit, needArguments, shapeInterface, toEventInit } from "./interface-shape.js";

export interface MessageEventInit<Data = unknown> extends EventInit {
  data?: Data | undefined;
  origin?: string | undefined;
  lastEventId?: string | undefined;
  source?: object | null | undefined;
  ports?: Iterable<object> | undefined;
}

const NO_PORTS = "ports takes a list of MessagePorts";

/** A message has come. */
export class MessageEvent<Data = unknown> extends Event {
  #data: Data;
  #origin: string;
  #lastEventId: string;
  #source: object | null;
  #ports: readonly object[];

  constructor(type: string, init: MessageEventInit<Data> = {}) {
    needArguments(arguments.length, 1, "MessageEvent");
    const name = toDomString(type);
    const dictionary = toDictionary(init, "MessageEvent");
    super(name, toEventInit(dictionary));
    const { data = null, lastEventId, origin, ports, source } = dictionary;
    this.#data = data as Data;
    this.#lastEventId = lastEventId === undefined ? "" : toDomString(lastEventId);
    this.#origin = origin === undefined ? "" : toUsvString(origin);
    this.#ports = toPorts(ports);
    this.#source = toSource(source);
  }

  /** A string, a Blob or an ArrayBuffer. */
  get data(): Data {
    return this.#data;
  }
  /** Of a WebSocket: the scheme, host and port of its URL. */
  get origin(): string {
    return this.#origin;
  }
  get lastEventId(): string {
    return this.#lastEventId;
  }
  get source(): object | null {
    return this.#source;
  }
  get ports(): readonly object[] {
    return this.#ports;
  }

  /** Kept by the HTML Standard for old pages. */
  initMessageEvent(
    type: string,
    bubbles = false,
    cancelable = false,
    data: Data | null = null,
    origin = "",
    lastEventId = "",
    source: object | null = null,
    ports: Iterable<object> = [],
  ): void {
    needArguments(arguments.length, 1, "initMessageEvent");
    const init = this as unknown as { initEvent?(type: string, bubbles: boolean, cancelable: boolean): void };
    // Throws for what is no MessageEvent, before anything is converted.
    void this.#data;
    const name = toDomString(type);
    const [newOrigin, newId] = [toUsvString(origin), toDomString(lastEventId)];
    const [newSource, newPorts] = [toSource(source), toPorts(ports)];
    // DOM Standard, `initEvent`: "If this's dispatch flag is set, then return."
    if (this.eventPhase !== 0) return;
    init.initEvent?.(name, Boolean(bubbles), Boolean(cancelable));
    this.#data = data as Data;
    this.#origin = newOrigin;
    this.#lastEventId = newId;
    this.#source = newSource;
    this.#ports = newPorts;
  }
}

function toPorts(given: unknown): readonly object[] {
  if (given === undefined) return Object.freeze([]);
  const ports = isObject(given) ? iteratedItems(given, toPort) : undefined;
  if (ports === undefined) throw new TypeError(NO_PORTS);
  return Object.freeze(ports);
}

function toPort(item: unknown): object {
  if (item instanceof MessagePort) return item;
  throw new TypeError(NO_PORTS);
}

function toSource(source: unknown): object | null {
  if (source === undefined || source === null) return null;
  // Of what the HTML Standard lists, the only one that there is here.
  if (source instanceof MessagePort) return source;
  throw new TypeError("source takes a MessagePort or null");
}

const attributes = ["data", "origin", "lastEventId", "source", "ports"];
shapeInterface(MessageEvent, [...attributes, "initMessageEvent"]);
