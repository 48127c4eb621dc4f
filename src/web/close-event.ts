// CloseEvent of the WebSockets Standard. Node.js has one of its own from version 23 on only.

import { toDictionary, toDomString, toUnsignedShort, toUsvString } from "./conversion.js";
import { type EventInit, needArguments, shapeInterface, toEventInit } from "./interface-shape.js";

export interface CloseEventInit extends EventInit {
  wasClean?: boolean | undefined;
  code?: number | undefined;
  reason?: string | undefined;
}

/** A connection is over. */
export class CloseEvent extends Event {
  readonly #wasClean: boolean;
  readonly #code: number;
  readonly #reason: string;

  constructor(type: string, init: CloseEventInit = {}) {
    needArguments(arguments.length, 1, "CloseEvent");
    const name = toDomString(type);
    const dictionary = toDictionary(init, "CloseEvent");
    super(name, toEventInit(dictionary));
    const { code, reason, wasClean } = dictionary;
    this.#code = code === undefined ? 0 : toUnsignedShort(code);
    this.#reason = reason === undefined ? "" : toUsvString(reason);
    this.#wasClean = Boolean(wasClean);
  }

  /** Both Close frames have passed before TCP ended. */
  get wasClean(): boolean {
    return this.#wasClean;
  }
  /** The peer's close code; 1005 when its Close had none, 1006 when there was no Close. */
  get code(): number {
    return this.#code;
  }
  get reason(): string {
    return this.#reason;
  }
}

shapeInterface(CloseEvent, ["wasClean", "code", "reason"]);
