// The messages on the page. Those of one person in a row share a name; the ids tell what is shown already, so that the
// history after a new connection adds only what was missed.

import { colorize, make, makeAvatar } from "./dom.js";

/** Messages of one person that lie further apart get a new heading with the time. */
const groupMs = 5 * 60_000;
/** A page that stays open for weeks must not grow for weeks. */
const maxEntries = 600;

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export class MessageLog {
  #element;
  #ids = new Set();
  #day = "";
  #last;

  constructor(element) {
    this.#element = element;
  }

  get isEmpty() {
    return this.#ids.size === 0;
  }

  clear() {
    this.#element.replaceChildren();
    this.#ids.clear();
    this.#day = "";
    this.#last = undefined;
  }

  /** Adds what was missed, without reading all of it aloud. Answers how many messages that were. */
  merge(history, ownName) {
    const missed = history.filter(({ id }) => !this.#ids.has(id));
    const hasGap = !this.isEmpty && missed.length === history.length && history.length >= 50;
    this.#element.setAttribute("aria-live", "off");
    if (hasGap) this.notice("Older messages are not kept by the server", history[0].time);
    for (const message of missed) this.add(message, message.from === ownName, false);
    requestAnimationFrame(() => this.#element.setAttribute("aria-live", "polite"));
    return missed.length;
  }

  /** Answers false for a message that is there already. */
  add(message, isOwn, isNew) {
    const { id, from, text, time } = message;
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    this.#startDay(time);
    const isContinued =
      this.#last?.from === from && this.#last.isOwn === isOwn && time - this.#last.time < groupMs;
    const stack = isContinued ? this.#last.stack : this.#startGroup(from, time, isOwn);
    const bubble = makeBubble(text, time, isContinued ? from : undefined);
    if (isNew) bubble.classList.add("is-new");
    stack.append(bubble);
    this.#last = { from, time, isOwn, stack };
    this.#trim();
    return true;
  }

  /** A line that nobody said. */
  notice(text, time) {
    this.#startDay(time);
    const notice = make("p", "notice", text);
    notice.title = fullFormat.format(time);
    this.#element.append(notice);
    this.#last = undefined;
    this.#trim();
  }

  #startDay(time) {
    const day = new Date(time).toDateString();
    if (day === this.#day) return;
    this.#day = day;
    this.#last = undefined;
    this.#element.append(make("p", "day", nameOfDay(time)));
  }

  #startGroup(from, time, isOwn) {
    const group = make("div", isOwn ? "group own" : "group other");
    const stack = make("div", "stack");
    const by = make("p", "by");
    const name = make("span", isOwn ? "by-name visually-hidden" : "by-name", from);
    colorize(name, from);
    const clock = make("time", "", timeFormat.format(time));
    clock.dateTime = new Date(time).toISOString();
    by.append(name, " ", clock);
    stack.append(by);
    if (!isOwn) group.append(makeAvatar(from));
    group.append(stack);
    this.#element.append(group);
    return stack;
  }

  #trim() {
    while (this.#element.childElementCount > maxEntries) this.#element.firstElementChild.remove();
    if (this.#ids.size > 4 * maxEntries) this.#ids.delete(this.#ids.values().next().value);
  }
}

/** Inside a group only listeners need to be told again whose message it is. */
export function makeBubble(text, time, author) {
  const bubble = make("div", "bubble");
  if (author !== undefined) bubble.append(make("span", "visually-hidden", `${author}: `));
  bubble.append(make("span", "text", text));
  bubble.title = fullFormat.format(time);
  return bubble;
}

function nameOfDay(time) {
  const day = new Date(time).toDateString();
  if (day === new Date().toDateString()) return "Today";
  if (day === new Date(Date.now() - 86_400_000).toDateString()) return "Yesterday";
  return dayFormat.format(time);
}
