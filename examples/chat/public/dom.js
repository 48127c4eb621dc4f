// The only place where elements are made. What people write becomes text nodes, never markup.

/** @returns {HTMLElement} the element of the page with this id */
export function find(id) {
  return document.getElementById(id);
}

/** Makes an element with a class and a text. */
export function make(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** The first letter in a circle of the name's own colour. */
export function makeAvatar(name) {
  const avatar = make("span", "avatar", [...name][0].toUpperCase());
  avatar.setAttribute("aria-hidden", "true");
  colorize(avatar, name);
  return avatar;
}

/** Gives an element the colour that belongs to a name, the same on every page. */
export function colorize(element, name) {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) % 65_521;
  // Steps of the golden angle keep the colours of similar names apart.
  element.style.setProperty("--hue", ((hash * 137.508) % 360).toFixed(0));
}

/** Random letters; `crypto.randomUUID` is missing on pages that came over plain HTTP from another machine. */
export function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** Storage may be switched off; then nothing is remembered, and everything else works. */
export function recall(storage, key) {
  try {
    return window[storage].getItem(`sluice-chat-${key}`) ?? "";
  } catch {
    return "";
  }
}

export function remember(storage, key, value) {
  try {
    window[storage].setItem(`sluice-chat-${key}`, value);
  } catch {
    // Full or forbidden.
  }
}
