// ErrorEvent of the HTML Standard, which Node.js has not had before version 25.

import { toDictionary, toDomString, toUnsignedLong, toUsvString } from "./conversion.js";
import { type EventInit, needArguments, shapeInterface, toEventInit } from "./interface-shape.js";

export interface ErrorEventInit extends EventInit {
  message?: string | undefined;
  filename?: string | undefined;
  lineno?: number | undefined;
  colno?: number | undefined;
  error?: unknown;
}

/** Something failed, and why. */
export class ErrorEvent extends Event {
  readonly #message: string;
  readonly #filename: string;
  readonly #lineno: number;
  readonly #colno: number;
  readonly #error: unknown;

  constructor(type: string, init: ErrorEventInit = {}) {
    needArguments(arguments.length, 1, "ErrorEvent");
    const name = toDomString(type);
    const dictionary = toDictionary(init, "ErrorEvent");
    super(name, toEventInit(dictionary));
    const { colno, error, filename, lineno, message } = dictionary;
    this.#colno = colno === undefined ? 0 : toUnsignedLong(colno);
    this.#error = error;
    this.#filename = filename === undefined ? "" : toUsvString(filename);
    this.#lineno = lineno === undefined ? 0 : toUnsignedLong(lineno);
    this.#message = message === undefined ? "" : toDomString(message);
  }

  get message(): string {
    return this.#message;
  }
  get filename(): string {
    return this.#filename;
  }
  get lineno(): number {
    return this.#lineno;
  }
  get colno(): number {
    return this.#colno;
  }
  /** The error itself: of a WebSocket, one of Sluice's errors, whose `code` says what happened. */
  get error(): unknown {
    return this.#error;
  }
}

shapeInterface(ErrorEvent, ["message", "filename", "lineno", "colno", "error"]);
