// Somebody's module that says what a server does.

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type ServerHandlers, toHandlers, type UnifiedHandler } from "../../server/index.js";
import { UsageError } from "../command.js";
import { visibleLine } from "../visible-text.js";

/** Where faults are nobody's but ours. */
const ownFolder = new URL("../", import.meta.url).href;

/** What its default export is, as handlers. Throws `UsageError` for a module that cannot be loaded, or exports none. */
export async function loadHandlers(file: string): Promise<ServerHandlers> {
  const url = pathToFileURL(resolve(file));
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(url.href)) as typeof loaded;
  } catch (error) {
    throw new UsageError(`cannot load ${JSON.stringify(file)}: ${describeFault(error, url.href)}`, {
      cause: error,
    });
  }
  const { default: exported } = loaded;
  if (typeof exported === "function") return toHandlers(exported as UnifiedHandler);
  // What is wrong with handlers, the server says itself.
  if (typeof exported === "object" && exported !== null) return exported as ServerHandlers;
  throw new UsageError(
    `${JSON.stringify(file)} has no default export with handlers; it needs one such as export default { message(ws, data) { ws.send(data) } }`,
  );
}

/** What is wrong, and in which line of whose file. */
export function describeFault(error: unknown, fallback = ""): string {
  if (!(error instanceof Error)) return visibleLine(String(error));
  const { name, message, stack = "", code } = error as NodeJS.ErrnoException;
  const text = visibleLine(message.split("\n", 1)[0]);
  if (code === "ERR_MODULE_NOT_FOUND" && fallback !== "" && message.includes(`'${pathOf(fallback)}'`))
    return "there is no such file";
  const places = stack.match(/file:\/\/[^\s()]+?:\d+/g) ?? [];
  // Of a module that cannot be parsed, only the line here that wanted it is in the stack.
  const place = places.find((each) => !each.startsWith(ownFolder));
  return `${name}: ${text}${place === undefined ? "" : ` (${visibleLine(pathOf(place))})`}`;
}

function pathOf(url: string): string {
  return decodeURI(url.replace(/^file:\/\//, ""));
}
