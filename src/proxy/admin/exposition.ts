// The text format of Prometheus, version 0.0.4: families of samples, each with its labels escaped.

export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface Sample {
  /** Behind the family's name, such as "_bucket". */
  readonly suffix?: string;
  /** As `encodeLabels` writes them. */
  readonly labels?: string;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** One line. */
  readonly help: string;
  readonly samples: readonly Sample[];
}

export function encodeFamilies(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(encodeFamily)
    .join("");
}

function encodeFamily({ name, type, help, samples }: Family): string {
  let text = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
  for (const { suffix = "", labels, value } of samples)
    text += `${name}${suffix}${labels === undefined ? "" : `{${labels}}`} ${encodeValue(value)}\n`;
  return text;
}

/** Once for all samples that have the same. */
export function encodeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.join(",");
}

/** A label's value may be anything, with these three escaped. */
function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function encodeValue(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
