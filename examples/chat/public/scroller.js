// Keeps the newest message in view for those who are at the end, and leaves in peace those who read further up: they
// get a button that says how much is new.

/** How far from the end still counts as being there. */
const slackPixels = 60;

export class Scroller {
  #element;
  #pill;
  #isAtEnd = true;
  #unseen = 0;

  constructor(element, pill) {
    this.#element = element;
    this.#pill = pill;
    // Not every browser lets the arrow keys scroll what cannot have the focus.
    element.tabIndex = 0;
    element.addEventListener("scroll", () => this.#look(), { passive: true });
    pill.addEventListener("click", () => {
      this.toEnd();
      element.focus({ preventScroll: true });
    });
    // The keyboard of a phone takes half of the height, and gives it back.
    new ResizeObserver(() => this.#keep()).observe(element);
  }

  /** Something was added; a message that is `unseen` counts. */
  added(isUnseen) {
    this.#keep();
    if (isUnseen && !this.#isAtEnd) this.#count(this.#unseen + 1);
  }

  toEnd() {
    this.#isAtEnd = true;
    this.#keep();
    this.#count(0);
  }

  #keep() {
    if (this.#isAtEnd) this.#element.scrollTop = this.#element.scrollHeight;
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.#element;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < slackPixels;
    if (this.#isAtEnd) this.#count(0);
  }

  #count(unseen) {
    this.#unseen = unseen;
    this.#pill.hidden = unseen === 0;
    this.#pill.textContent = unseen === 1 ? "1 new message" : `${unseen} new messages`;
  }
}
