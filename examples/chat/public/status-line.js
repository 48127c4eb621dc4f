// How the connection is doing: a dot and a word at the top, and what to do about it above the field. The seconds that
// count down are not announced; the word is.

import { find } from "./dom.js";

const toastMs = 6_000;

const reasons = {
  1008: "The server closed the connection because of too many messages.",
  4001: "You have connected from another place.",
};

export class StatusLine {
  #state = find("state");
  #word = find("state-text");
  #banner = find("banner");
  #bannerText = find("banner-text");
  #people = find("people-list");
  #toast = find("toast");
  #toastTimer;

  constructor(onRetry) {
    find("retry").addEventListener("click", onRetry);
    this.#offerLink(find("copy-link"));
  }

  show({ kind, seconds, code }, isJoined) {
    const isWell = kind === "open" && isJoined;
    const word = isWell ? "Connected" : kind === "closed" ? "Disconnected" : "Reconnecting…";
    // Writing the same word again would have it read aloud again.
    if (this.#word.textContent !== word) this.#word.textContent = word;
    this.#state.dataset.state = isWell ? "open" : kind;
    // Who was here a moment ago may be gone.
    this.#people.toggleAttribute("data-stale", !isWell);
    this.#banner.hidden = kind !== "waiting" && kind !== "closed";
    if (kind === "waiting") this.#bannerText.textContent = `Connection lost. Trying again in ${seconds} s.`;
    if (kind === "closed")
      this.#bannerText.textContent = reasons[code] ?? "The server closed the connection.";
  }

  /** Says something for a moment. */
  complain(text) {
    clearTimeout(this.#toastTimer);
    this.#toast.textContent = text;
    this.#toastTimer = setTimeout(() => {
      this.#toast.textContent = "";
    }, toastMs);
  }

  #offerLink(button) {
    // Pages that came over plain HTTP from another machine have no clipboard.
    button.hidden = navigator.clipboard === undefined;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(location.href);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not allowed";
      }
      setTimeout(() => {
        button.textContent = "Copy link";
      }, 2_000);
    });
  }
}
