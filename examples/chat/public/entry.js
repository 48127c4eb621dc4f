// The entrance: a name and a room. Both are remembered; a room in the address comes first, for that is how people are
// invited.

import { find, recall, remember } from "./dom.js";

export const defaultRoom = "lobby";

/** The room that the address names, or "". */
export function roomInAddress() {
  try {
    return toRoomName(decodeURIComponent(location.hash.slice(1)));
  } catch {
    return "";
  }
}

export function putRoomIntoAddress(room) {
  history.replaceState(null, "", `#${encodeURIComponent(room)}`);
}

/** As the server would have it: "#Tea Time" is "tea-time". */
function toRoomName(text) {
  return text.trim().replace(/^#+/, "").replace(/\s+/g, "-").toLowerCase();
}

export class Entry {
  #screen = find("entry");
  #name = find("entry-name");
  #room = find("entry-room");
  #problem = find("entry-problem");
  #button = find("entry-join");

  /** `onJoin` gets the name and the room that were chosen. */
  constructor(onJoin) {
    this.#name.value = recall("localStorage", "name");
    this.#room.value = roomInAddress() || recall("localStorage", "room") || defaultRoom;
    find("entry-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const choice = this.#check();
      if (choice === undefined) return;
      this.isBusy = true;
      onJoin(choice);
    });
  }

  /** Who was in a room on this page before it was loaded again goes straight back. */
  get isReturning() {
    return recall("sessionStorage", "inside") === "yes" && this.#name.value !== "";
  }

  get choice() {
    return { name: this.#name.value.trim(), room: toRoomName(this.#room.value) || defaultRoom };
  }

  set isBusy(isBusy) {
    this.#button.textContent = isBusy ? "Joining…" : "Join the room";
    if (isBusy) this.problem = "";
  }

  set problem(text) {
    if (this.#problem.textContent !== text) this.#problem.textContent = text;
  }

  set room(room) {
    this.#room.value = room;
  }

  show() {
    if (!this.#screen.hidden) return;
    this.#screen.hidden = false;
    (this.#name.value === "" ? this.#name : this.#button).focus();
  }

  /** Whoever leaves is asked again, also after the page was loaded anew. */
  forgetReturn() {
    remember("sessionStorage", "inside", "");
  }

  /** The server has let in. */
  done(wish, room) {
    this.#screen.hidden = true;
    this.isBusy = false;
    remember("localStorage", "name", wish);
    remember("localStorage", "room", room);
    remember("sessionStorage", "inside", "yes");
  }

  #check() {
    const { name, room } = this.choice;
    this.#name.setAttribute("aria-invalid", String(name === ""));
    if (name === "") {
      this.problem = "Please enter a name.";
      this.#name.focus();
      return undefined;
    }
    return { name, room };
  }
}
