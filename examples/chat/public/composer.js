// The field to write in. It keeps what was written until the server can take it.

/** The same limit as in protocol.ts; the field says so before the server has to. */
const maxTextLength = 2000;
/** From here on the rest is counted down. */
const countFrom = 200;

export class Composer {
  #field;
  #button;
  #count;
  #isReady = false;

  /** `onSend` gets each message. */
  constructor({ form, field, button, count }, onSend) {
    this.#field = field;
    this.#button = button;
    this.#count = count;
    field.addEventListener("input", () => this.#update());
    field.addEventListener("keydown", (event) => {
      // While an input method composes, Enter chooses a word.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    // A button that takes the focus would make a phone's keyboard go away.
    button.addEventListener("pointerdown", (event) => event.preventDefault());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#canSend) return;
      onSend(field.value.trim());
      field.value = "";
      this.#update();
      field.focus();
    });
    this.#update();
  }

  get #canSend() {
    const { value } = this.#field;
    return this.#isReady && value.trim() !== "" && value.trim().length <= maxTextLength;
  }

  /** Whether the server can take a message now; if not, what is written stays. */
  set isReady(isReady) {
    this.#isReady = isReady;
    this.#update();
  }

  set placeholder(text) {
    this.#field.placeholder = text;
  }

  focus() {
    this.#field.focus();
  }

  #update() {
    const left = maxTextLength - this.#field.value.trim().length;
    this.#button.disabled = !this.#canSend;
    this.#count.textContent = left > countFrom ? "" : left >= 0 ? `${left} left` : `${-left} too many`;
    this.#count.toggleAttribute("data-over", left < 0);
    // The height is what the text needs, up to the limit in the style sheet.
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight + 2}px`;
  }
}
