// What a page may ask of `/live`, as one line of JSON.

import { isRecord } from "../../protocol/index.js";
import { type ConnectionQuery, parseConnectionQuery } from "./connection-list.js";

export type LiveCommand =
  /** Shows these connections from now on. */
  | { readonly type: "list"; readonly query: ConnectionQuery }
  /** Shows the frames of this connection. */
  | { readonly type: "watch"; readonly id: number }
  /** Shows the frames of the next connection of this route, from the first. */
  | { readonly type: "arm"; readonly route: string }
  /** Shows no frames any more. */
  | { readonly type: "leave" };

/** Answers what is wrong with it, in words, for what is none. */
export function parseLiveCommand(text: string): LiveCommand | string {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return "a command is one JSON object";
  }
  if (!isRecord(given)) return "a command is one JSON object";
  const { type, id, route, query } = given as Record<string, unknown>;
  switch (type) {
    case "list":
      return { type, query: parseConnectionQuery(stringsOf(query)) };
    case "watch":
      return typeof id === "number"
        ? { type, id }
        : 'watch takes the number of a connection, as in { "type": "watch", "id": 7 }';
    case "arm":
      return typeof route === "string" ? { type, route } : "arm takes the name of a route";
    case "leave":
      return { type };
    default:
      return "there are list, watch, arm and leave";
  }
}

function stringsOf(given: unknown): { get(name: string): string | null } {
  const members = new Map<string, unknown>(isRecord(given) ? Object.entries(given) : []);
  return {
    get(name) {
      const value = members.get(name);
      return typeof value === "string" || typeof value === "number" ? String(value) : null;
    },
  };
}
