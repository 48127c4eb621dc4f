// Who is in the room. On a narrow screen the list comes when asked for, and goes with Escape or a touch beside it.

import { find, make, makeAvatar } from "./dom.js";

export class People {
  #panel = find("people");
  #opener = find("people-open");

  constructor() {
    this.#opener.addEventListener("click", () => this.#toggle(true));
    find("people-close").addEventListener("click", () => this.#toggle(false));
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.#toggle(false);
    });
    document.addEventListener("pointerdown", ({ target }) => {
      if (!this.#panel.contains(target) && !this.#opener.contains(target)) this.#toggle(false);
    });
  }

  show(names, ownName) {
    const people = names.map((name) => {
      const person = make("li", "person");
      const label = make("span", "person-name", name);
      label.title = name;
      person.append(makeAvatar(name), label);
      if (name === ownName) person.append(make("span", "person-you", "you"));
      return person;
    });
    find("people-list").replaceChildren(...people);
    find("people-count").textContent = names.length;
    find("people-open-count").textContent = names.length;
    find("people-alone").hidden = names.length > 1;
  }

  #toggle(isOpen) {
    if (this.#panel.hasAttribute("data-open") === isOpen) return;
    this.#panel.toggleAttribute("data-open", isOpen);
    this.#opener.setAttribute("aria-expanded", String(isOpen));
    (isOpen ? find("people-close") : this.#opener).focus();
  }
}
