// The upstreams, and the connections that match the filters. Rows stay the same elements while what they show changes, so that
// the focus does not get lost each second.

import { arrange, byId, make, setText, visibleLine } from "./dom.js";
import { ask, onLive } from "./live.js";
import { byteSize, duration, shortNumber, wholeNumber } from "./numbers.js";

const PAGE_ROWS = 100;
/** Longer ones are cut, and whole in the title. */
const MAX_TARGET_CHARACTERS = 120;

/** A row whose cells have names; the last holds a button. */
function makeRow(cells, button) {
  const row = make("tr");
  row.cellsByName = new Map();
  cells.forEach(([name, className], at) => {
    const cell = make(at === 0 ? "th" : "td", {
      "data-name": name,
      class: className,
      ...(at === 0 && { scope: "row" }),
    });
    row.cellsByName.set(name, cell);
    row.append(cell);
  });
  row.append(make("td", {}, button));
  return row;
}

function fillRow(row, texts) {
  for (const [name, text] of Object.entries(texts)) setText(row.cellsByName.get(name), text);
}

/** Shows an item in each row; a row belongs to the item with its key. */
function tableOf(id, keyOf, create, fill) {
  const body = byId(id).tBodies[0];
  let rows = new Map();
  return (items) => {
    const before = rows;
    rows = new Map(items.map((item) => [keyOf(item), before.get(keyOf(item)) ?? create(item)]));
    for (const item of items) fill(rows.get(keyOf(item)), item);
    arrange(body, [...rows.values()]);
  };
}

const upstreamCells = [
  ["Upstream", "wide"],
  ["Route"],
  ["State"],
  ["Active", "number"],
  ["Total", "number"],
  ["Failures", "number"],
  ["Waiting", "number"],
];

const showUpstreams = tableOf(
  "upstreams",
  ({ route, url, at }) => JSON.stringify([route, url, at]),
  ({ route }) => {
    const button = make("button", { type: "button" }, "Watch the next of its route");
    button.setAttribute("aria-label", `Watch the next of its route, ${visibleLine(route)}`);
    button.onclick = () => ask({ type: "arm", route });
    return makeRow(upstreamCells, button);
  },
  (row, upstream) => {
    const { url, route, isHealthy, isBackup, lastFailure, active, total, failures, waiting } = upstream;
    const state = isHealthy ? (isBackup ? "in service, backup" : "in service") : "out of service";
    fillRow(row, {
      Upstream: visibleLine(url),
      Route: visibleLine(route),
      State: state,
      Active: wholeNumber(active),
      Total: wholeNumber(total),
      Failures: wholeNumber(failures),
      Waiting: wholeNumber(waiting),
    });
    const cell = row.cellsByName.get("State");
    cell.className = isHealthy ? "good" : "bad";
    cell.title = lastFailure === undefined ? "" : visibleLine(lastFailure);
  },
);

const connectionCells = [
  ["No."],
  ["Client"],
  ["Route"],
  ["Upstream"],
  ["Asked for", "wide"],
  ["Open for", "number"],
  ["Messages", "number"],
  ["Bytes", "number"],
];

let chosenId;

const showConnections = tableOf(
  "connections",
  ({ id }) => id,
  ({ id }) => {
    const button = make(
      "button",
      { type: "button", "aria-label": `Watch the frames of connection ${id}` },
      "Watch",
    );
    button.onclick = () => ask({ type: "watch", id });
    return makeRow(connectionCells, button);
  },
  (row, connection) => {
    const { id, client, route, mode, upstream, host, url, since, isSecure } = connection;
    const target = visibleLine(host + url);
    row.cellsByName.get("Asked for").title = target;
    fillRow(row, {
      "No.": String(id),
      Client: `${client ?? "unix socket"}${isSecure ? ", TLS" : ""}`,
      Route: `${visibleLine(route)} (${mode})`,
      Upstream: visibleLine(upstream ?? "–"),
      "Asked for":
        target.length > MAX_TARGET_CHARACTERS ? `${target.slice(0, MAX_TARGET_CHARACTERS)}…` : target,
      "Open for": duration((Date.now() - Date.parse(since)) / 1000),
      Messages: `${shortNumber(connection.messagesReceived)} / ${shortNumber(connection.messagesSent)}`,
      Bytes: `${byteSize(connection.bytesReceived)} / ${byteSize(connection.bytesSent)}`,
    });
    row.classList.toggle("chosen", id === chosenId);
    row.querySelector("button").setAttribute("aria-pressed", String(id === chosenId));
  },
);

const filters = byId("filters");
let limit = PAGE_ROWS;

function askForList() {
  const { route, client, upstream, sort, reverse } = filters.elements;
  // The newest and the largest come first, names in their order.
  const isDescending = ["id", "messages", "bytes"].includes(sort.value) !== reverse.checked;
  const order = isDescending ? "descending" : "ascending";
  const [clientPart, upstreamPart] = [client.value.trim(), upstream.value.trim()];
  const query = {
    route: route.value,
    client: clientPart,
    upstream: upstreamPart,
    sort: sort.value,
    order,
    limit,
  };
  ask({ type: "list", query });
}

function offerRoutes(routes) {
  const { route } = filters.elements;
  const names = ["", ...new Set(routes.map(({ name }) => name))];
  const offered = [...route.options].map(({ value }) => value);
  if (JSON.stringify(names) === JSON.stringify(offered)) return;
  const { value } = route;
  route.replaceChildren(
    ...names.map((name) => make("option", { value: name }, name === "" ? "all" : visibleLine(name))),
  );
  route.value = names.includes(value) ? value : "";
}

onLive("open", askForList);
onLive("snapshot", ({ routes, open, matching, connections }) => {
  offerRoutes(routes);
  showUpstreams(
    routes.flatMap(({ name, upstreams, waiting }) =>
      upstreams.map((upstream, at) => ({ ...upstream, route: name, waiting, at })),
    ),
  );
  showConnections(connections);
  const shown = connections.length;
  const filtered = matching === open ? "" : `, ${wholeNumber(matching)} match`;
  const cut = shown === matching ? "" : `; ${wholeNumber(shown)} are shown`;
  setText(byId("count"), open === 0 ? "None is open." : `${wholeNumber(open)} open${filtered}${cut}.`);
  byId("more").hidden = shown === matching;
});
onLive("watching", ({ connection }) => {
  chosenId = connection.id;
  askForList();
});
for (const type of ["ended", "left", "armed", "lost"])
  onLive(type, () => {
    chosenId = undefined;
  });

filters.addEventListener("input", askForList);
filters.addEventListener("submit", (event) => event.preventDefault());
byId("more").onclick = () => {
  limit += PAGE_ROWS;
  askForList();
};
