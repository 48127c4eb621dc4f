// The header Sec-WebSocket-Extensions as `ws` reads and writes it (RFC 6455 §9.1).

import { HeaderScanner } from "./header-scanner.js";

/** The values of each parameter, in their order; true where it has none. */
export type ExtensionParameters = Record<string, (string | true)[]>;
/** What was said of each extension, once for every time that it was named. */
export type ExtensionOffers = Record<string, ExtensionParameters[]>;

type Value = string | number | boolean;
/** Parameters to be written: one value, or several. */
export type FormattedParameters = Record<string, Value | readonly Value[]>;

/** Reads the header. Throws a `SyntaxError` that says where it is none. */
export function parse(header: string): ExtensionOffers {
  const offers: ExtensionOffers = Object.create(null);
  const scanner = new HeaderScanner(header);
  let sign = ",";
  while (sign === ",") {
    const name = scanner.token();
    const parameters: ExtensionParameters = Object.create(null);
    sign = scanner.sign(";,");
    while (sign === ";") {
      const parameter = scanner.token();
      sign = scanner.sign("=;,");
      const hasValue = sign === "=";
      add(parameters, parameter, hasValue ? scanner.value() : true);
      if (hasValue) sign = scanner.sign(";,");
    }
    add(offers, name, parameters);
  }
  return offers;
}

/** Writes the header. */
export function format(
  extensions: Record<string, FormattedParameters | readonly FormattedParameters[]>,
): string {
  const elements = Object.entries(extensions).map(([name, given]) =>
    listOf(given)
      .map((parameters) => [name, ...Object.entries(parameters).map(formatParameter)].join("; "))
      .join(", "),
  );
  return elements.join(", ");
}

function formatParameter([name, given]: [string, Value | readonly Value[]]): string {
  return listOf(given)
    .map((value) => (value === true ? name : `${name}=${value}`))
    .join("; ");
}

function listOf<V>(given: V | readonly V[]): readonly V[] {
  return Array.isArray(given) ? given : [given as V];
}

function add<V>(lists: Record<string, V[]>, name: string, value: V): void {
  if (lists[name] === undefined) lists[name] = [];
  lists[name].push(value);
}
