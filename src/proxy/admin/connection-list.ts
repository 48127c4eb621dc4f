// Which of the open connections are shown, in which order: those that match, and only so many.

import type { ConnectionView } from "../connection-view.js";
import type { ProxyView } from "./proxy-view.js";

const sortKeys = ["id", "client", "route", "upstream", "bytes", "messages"] as const;
export type SortKey = (typeof sortKeys)[number];

/** More at once than anybody reads, and less than would be felt. */
const MAX_LIMIT = 10_000;
const DEFAULT_LIMIT = 500;

export interface ConnectionQuery {
  /** The whole name of a route, and parts of the address of a client or of the URL of an upstream; "" for any. */
  readonly route: string;
  readonly client: string;
  readonly upstream: string;
  readonly sort: SortKey;
  readonly isDescending: boolean;
  readonly limit: number;
}

export interface ConnectionList {
  /** Open ones, and how many of them match. */
  readonly open: number;
  readonly matching: number;
  readonly connections: readonly ConnectionView[];
}

/** Whatever is no query of ours counts as absent: the newest first. */
export function parseConnectionQuery(given: {
  get(name: string): string | null | undefined;
}): ConnectionQuery {
  const limit = Number(given.get("limit") ?? "");
  const sort = sortKeys.find((key) => key === given.get("sort"));
  return {
    route: given.get("route") ?? "",
    client: given.get("client") ?? "",
    upstream: given.get("upstream") ?? "",
    sort: sort ?? "id",
    isDescending: given.get("order") !== "ascending",
    limit: Number.isInteger(limit) && limit > 0 ? Math.min(limit, MAX_LIMIT) : DEFAULT_LIMIT,
  };
}

export function listConnections(view: ProxyView, query: ConnectionQuery): ConnectionList {
  let open = 0;
  const matching: ConnectionView[] = [];
  for (const connection of view.open()) {
    open++;
    if (isMatch(connection, query)) matching.push(connection);
  }
  const sorted = values[query.sort];
  const sign = query.isDescending ? -1 : 1;
  matching.sort((one, other) => sign * compare(sorted(one), sorted(other)) || sign * (one.id - other.id));
  return { open, matching: matching.length, connections: matching.slice(0, query.limit) };
}

function isMatch({ route, client, upstream }: ConnectionView, query: ConnectionQuery): boolean {
  return (
    (query.route === "" || route === query.route) &&
    (query.client === "" || (client ?? "").includes(query.client)) &&
    (query.upstream === "" || (upstream ?? "").includes(query.upstream))
  );
}

const values: Readonly<Record<SortKey, (connection: ConnectionView) => number | string>> = {
  id: ({ id }) => id,
  client: ({ client = "" }) => client,
  route: ({ route }) => route,
  upstream: ({ upstream = "" }) => upstream,
  bytes: ({ bytesReceived, bytesSent }) => bytesReceived + bytesSent,
  messages: ({ messagesReceived = 0, messagesSent = 0 }) => messagesReceived + messagesSent,
};

function compare(one: number | string, other: number | string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
