// What is typed on a terminal: messages and slash commands, carried out in their order, those from before the opening too.

import { spacedHex } from "../byte-text.js";
import { describeError } from "../describe.js";
import type { SessionSettings } from "./connect-settings.js";
import { isJson } from "./json-layout.js";
import { readOutgoing } from "./outgoing.js";
import type { Session } from "./session.js";
import { readTyped, slashHelp, type Typed } from "./slash-commands.js";
import type { View } from "./view.js";

export class TypedInput {
  readonly #session: Session;
  readonly #settings: SessionSettings;
  readonly #view: View;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(session: Session, settings: SessionSettings, view: View) {
    this.#session = session;
    this.#settings = settings;
    this.#view = view;
    for (const message of settings.firstMessages) this.#message(message);
  }

  typed(line: string): void {
    const typed = readTyped(line);
    try {
      this.#obey(typed);
    } catch (error) {
      this.#view.problem(describeError(error));
    }
  }

  /** Ctrl-D: closes when all that was typed is sent. */
  ended(): void {
    this.#then(() => this.#session.close());
  }

  #obey(typed: Typed): void {
    const session = this.#session;
    if (typed.kind === "message") this.#message(typed.text);
    else if (typed.kind === "binary") this.#binary(typed.bytes);
    else if (typed.kind === "json") this.#json(typed.text);
    else if (typed.kind === "ping") this.#then(() => void session.ping(typed.data).catch(this.#tell));
    else if (typed.kind === "pong") this.#then(() => session.pong(typed.data));
    else if (typed.kind === "close") this.#then(() => session.close(typed.code, typed.reason));
    else if (typed.kind === "quit") this.ended();
    else if (typed.kind === "help") this.#view.note(slashHelp());
    else if (typed.kind === "problem") this.#view.problem(typed.text);
  }

  #message(line: string): void {
    const outgoing = readOutgoing(line, this.#settings);
    if ("problem" in outgoing) this.#view.problem(outgoing.problem);
    else this.#send(outgoing.data);
  }

  #binary(bytes: Uint8Array): void {
    // Whether a text is hex is guessed, so the guess is shown.
    this.#view.note(`binary: ${spacedHex(bytes)}`);
    this.#send(bytes);
  }

  #json(text: string): void {
    if (text === "") {
      this.#view.laysOutJson = !this.#view.laysOutJson;
      this.#view.note(this.#view.laysOutJson ? "JSON is laid out" : "JSON is shown as it comes");
    } else if (isJson(text)) this.#send(text);
    else this.#view.problem("no JSON, and not sent");
  }

  #send(data: string | Uint8Array): void {
    this.#then(async () => {
      if (!(await this.#session.send(data))) this.#view.problem("not sent: the connection is over");
    });
  }

  #then(step: () => unknown): void {
    this.#turn = this.#turn.then(step).catch(this.#tell);
  }

  readonly #tell = (error: unknown): void => this.#view.problem(describeError(error));
}
