// HTML from templates, in which everything is escaped that was not made by one.

export interface Html {
  readonly text: string;
}

/** `html\`<p>${text}</p>\`` */
export function html(strings: TemplateStringsArray, ...values: readonly (string | Html)[]): Html {
  let text = strings[0];
  values.forEach((value, i) => {
    text += (typeof value === "string" ? escapeHtml(value) : value.text) + strings[i + 1];
  });
  return { text };
}

/** What is HTML already. */
export function raw(text: string): Html {
  return { text };
}

export function joined(parts: readonly Html[]): Html {
  return raw(parts.map(({ text }) => text).join(""));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}
