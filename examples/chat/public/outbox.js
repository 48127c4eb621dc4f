// What was written and not yet answered by the server, one message at a time so that the order holds. An answer is the
// message itself, or its mark in the history after a new connection; what has got neither is sent again.

import { make, randomKey } from "./dom.js";
import { makeBubble } from "./message-log.js";

/** A connection that has been silent for so long after a message is taken to be dead. */
const answerTimeoutMs = 10_000;

export class Outbox {
  #element;
  #send;
  #onSilence;
  #waiting = [];
  #isJoined = false;
  #timer;

  /** `send` hands a message to the network; `onSilence` hears that no answer came. */
  constructor(element, send, onSilence) {
    this.#element = element;
    this.#send = send;
    this.#onSilence = onSilence;
  }

  set isJoined(isJoined) {
    if (this.#isJoined === isJoined) return;
    this.#isJoined = isJoined;
    clearTimeout(this.#timer);
    if (isJoined) this.#sendNext();
  }

  add(text) {
    const group = make("div", "group own");
    const stack = make("div", "stack");
    stack.append(makeBubble(text, Date.now()));
    group.append(stack);
    this.#element.append(group);
    this.#waiting.push({ ref: randomKey(), text, group });
    if (this.#waiting.length === 1) this.#sendNext();
  }

  /** Forgets the message with this mark, which the server has taken. Answers whether it was one of ours. */
  answered(ref) {
    const index = this.#waiting.findIndex((entry) => entry.ref === ref);
    if (index < 0) return false;
    this.#waiting.splice(index, 1)[0].group.remove();
    this.#sendNext();
    return true;
  }

  /** The server did not take it: again in a while, or when its author wants. */
  refused({ ref, text, retryMs }) {
    const index = this.#waiting.findIndex((entry) => entry.ref === ref);
    if (index < 0) return false;
    clearTimeout(this.#timer);
    if (retryMs !== undefined) {
      this.#timer = setTimeout(() => this.#sendNext(), retryMs);
      return true;
    }
    const [entry] = this.#waiting.splice(index, 1);
    this.#offerRetry(entry, text);
    this.#sendNext();
    return true;
  }

  clear() {
    clearTimeout(this.#timer);
    this.#waiting = [];
    this.#element.replaceChildren();
  }

  #sendNext() {
    clearTimeout(this.#timer);
    const [next] = this.#waiting;
    if (next === undefined || !this.#isJoined) return;
    this.#send({ type: "say", text: next.text, ref: next.ref });
    this.#timer = setTimeout(() => this.#onSilence(), answerTimeoutMs);
  }

  #offerRetry({ text, group }, problem) {
    const note = make("p", "unsent", `Not sent. ${problem} `);
    const again = make("button", "link-button", "Try again");
    again.type = "button";
    again.addEventListener("click", () => {
      group.remove();
      this.add(text);
    });
    note.append(again);
    group.lastElementChild.append(note);
  }
}
