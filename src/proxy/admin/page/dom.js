// Elements, and text in them. Whatever comes from a client or an upstream gets into the page as a text node, and in no other way.

export const byId = (id) => document.getElementById(id);

/** `class`, `data-…` and other attributes in an object; children are elements or texts. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Changes only what has to change, so that a selection stays. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Characters that cannot be seen, or that turn the direction of others, as what they are. */
export function visible(text, isKept = /[\n\t]/) {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    isKept.test(character) ? character : `\\u{${character.codePointAt(0).toString(16)}}`,
  );
}

export const visibleLine = (text) => visible(text, /^$/);

/** Puts the elements into the parent in this order, moving only those that are not in place, and keeps the focus. */
export function arrange(parent, elements) {
  const { activeElement } = document;
  elements.forEach((element, at) => {
    if (parent.children[at] !== element) parent.insertBefore(element, parent.children[at] ?? null);
  });
  while (parent.children.length > elements.length) parent.lastElementChild.remove();
  if (activeElement !== document.activeElement && activeElement?.isConnected)
    activeElement.focus({ preventScroll: true });
}
