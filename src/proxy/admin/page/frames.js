// The frames of the chosen connection. A bounded number is kept for the file that can be saved, and the newest that match are
// shown.

import { byId, make, setText, visible, visibleLine } from "./dom.js";
import { ask, onLive } from "./live.js";
import { clockTime, wholeNumber } from "./numbers.js";

const MAX_KEPT = 5000;
const MAX_SHOWN = 300;
/** Longer payloads are folded. */
const FOLD_CHARACTERS = 400;

const list = byId("frames");
const { elements: controls } = byId("frame-controls");
/** Records, and `{ skipped }` where some are missing. */
let kept = [];
let forgotten = 0;
let isPaused = false;
let unseen = 0;
let watched;

const typeNames = {
  text: "text",
  binary: "binary",
  continuation: "continued",
  ping: "ping",
  pong: "pong",
  close: "close",
};
const isControl = ({ type }) => type === "ping" || type === "pong" || type === "close";

function bytesOf({ data, base64 }) {
  if (base64 === undefined) return new TextEncoder().encode(data ?? "");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

const isNarrow = matchMedia("(max-width: 48rem)");

/** Sixteen bytes in a line, with the letters that they are; half as many where there is little room. */
function hexDump(bytes) {
  const lines = [];
  const perLine = isNarrow.matches ? 8 : 16;
  for (let at = 0; at < bytes.length; at += perLine) {
    const some = [...bytes.subarray(at, at + perLine)];
    const hex = some.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const letters = some
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."))
      .join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex.padEnd(perLine * 3 - 1)}  ${letters}`);
  }
  return lines.join("\n");
}

function payloadText(record) {
  // The payload of a ping is often a number.
  const isUnreadable =
    record.base64 !== undefined || (isControl(record) && /\p{Cc}/u.test(record.data ?? ""));
  if (controls.view.value === "hex" || isUnreadable) return hexDump(bytesOf(record));
  return visible(record.data ?? "");
}

function notesOf(record) {
  const { code, truncated, undecoded, fin } = record;
  return [
    code === undefined ? "" : `code ${code}`,
    undecoded === undefined ? "" : `compressed bytes: ${undecoded}`,
    truncated ? "only the beginning" : "",
    fin === false ? "goes on in the next" : "",
  ].filter((note) => note !== "");
}

function payloadCell(record) {
  const cell = make("div", { class: "payload" });
  const notes = notesOf(record);
  if (notes.length > 0) cell.append(make("span", { class: "note" }, `${notes.join("; ")} `));
  const text = payloadText(record);
  if (text.length > FOLD_CHARACTERS || text.split("\n").length > 5) {
    const beginning = text.slice(0, 120).split("\n", 1)[0];
    cell.append(make("details", {}, make("summary", {}, `${beginning} …`), make("pre", {}, text)));
  } else if (text !== "") cell.append(make("pre", {}, text));
  return cell;
}

function sizeText({ size, compressed }) {
  const bytes = (count) => `${wholeNumber(count)} B`;
  if (compressed === undefined) return bytes(size);
  return size === undefined ? `? (${bytes(compressed)})` : `${bytes(size)} (${wholeNumber(compressed)})`;
}

function itemOf(record) {
  if (record.skipped !== undefined)
    return make(
      "li",
      { class: "gap" },
      `${wholeNumber(record.skipped)} frames not shown: this page was too slow for them`,
    );
  const { t, from, type } = record;
  return make(
    "li",
    { class: from },
    make("time", { datetime: new Date(t).toISOString() }, clockTime(t)),
    make("span", { class: "from" }, from === "client" ? "↑ client" : "↓ upstream"),
    make("span", {}, typeNames[type]),
    make(
      "span",
      { class: "size", ...(record.compressed !== undefined && { title: "size (compressed)" }) },
      sizeText(record),
    ),
    payloadCell(record),
  );
}

function isMatch(record) {
  if (record.skipped !== undefined) return true;
  const { from, kind, contains } = controls;
  if (from.value !== "" && record.from !== from.value) return false;
  if (kind.value !== "" && isControl(record) !== (kind.value === "control")) return false;
  return contains.value === "" || payloadText(record).toLowerCase().includes(contains.value.toLowerCase());
}

function showAll() {
  const matching = [];
  for (let at = kept.length - 1; at >= 0 && matching.length < MAX_SHOWN; at--)
    if (isMatch(kept[at])) matching.push(kept[at]);
  list.replaceChildren(...matching.map(itemOf));
  unseen = 0;
  showCount();
}

function showCount() {
  const parts = [];
  if (kept.length > 0) parts.push(`${wholeNumber(kept.length)} kept, the newest first`);
  if (list.children.length >= MAX_SHOWN) parts.push(`the newest ${MAX_SHOWN} that match are shown`);
  if (forgotten > 0) parts.push(`${wholeNumber(forgotten)} older ones are forgotten`);
  if (isPaused && unseen > 0) parts.push(`${wholeNumber(unseen)} new while paused`);
  setText(byId("frame-count"), parts.length === 0 ? "" : `${parts.join("; ")}.`);
}

function addFrames(records) {
  kept.push(...records);
  if (kept.length > MAX_KEPT) forgotten += kept.splice(0, kept.length - MAX_KEPT).length;
  if (isPaused) unseen += records.length;
  else {
    const items = records.slice(-MAX_SHOWN).filter(isMatch).map(itemOf).reverse();
    list.prepend(...items);
    while (list.children.length > MAX_SHOWN) list.lastElementChild.remove();
  }
  showCount();
}

function forget() {
  kept = [];
  forgotten = 0;
  showAll();
}

function setPaused(value) {
  isPaused = value;
  byId("pause").setAttribute("aria-pressed", String(value));
  setText(byId("pause"), value ? "Go on" : "Pause");
  if (!value) showAll();
}

function save() {
  const lines = kept.map((record) => `${JSON.stringify(record)}\n`).join("");
  const url = URL.createObjectURL(new Blob([lines], { type: "application/jsonl" }));
  make("a", { href: url, download: `connection-${watched?.id ?? "frames"}.jsonl` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function showWatched(text, isWatching) {
  setText(byId("watched"), text);
  byId("leave").hidden = !isWatching;
}

onLive("watching", ({ connection }) => {
  watched = connection;
  forget();
  setPaused(false);
  setText(byId("frames-title"), `Frames of connection ${connection.id}`);
  const upstream = visibleLine(connection.upstream ?? "");
  showWatched(
    `Watching: ${connection.client ?? "a client"} asked for ${visibleLine(connection.url)}, carried to ${upstream}.`,
    true,
  );
  byId("frames-title").focus({ preventScroll: true });
  byId("frames-section").scrollIntoView({ block: "start" });
});
onLive("armed", ({ route }) => {
  showWatched(
    `Waiting for the next connection of route ${visibleLine(route)}; it is shown from its first frame.`,
    true,
  );
  byId("frames-section").scrollIntoView({ block: "start" });
});
onLive("frames", ({ frames, skipped }) => addFrames(skipped > 0 ? [...frames, { skipped }] : frames));
onLive("ended", () =>
  showWatched("The connection is over. Its frames stay here until another is watched.", false),
);
onLive("left", () => showWatched("Nothing is watched.", false));
onLive("problem", ({ text }) => showWatched(`${text}.`, false));
onLive("lost", () => {
  if (!byId("leave").hidden) showWatched("The page has lost the proxy, and what it watched.", false);
});

byId("frame-controls").addEventListener("input", showAll);
byId("frame-controls").addEventListener("submit", (event) => event.preventDefault());
byId("pause").onclick = () => setPaused(!isPaused);
byId("clear").onclick = forget;
byId("save").onclick = save;
byId("leave").onclick = () => ask({ type: "leave" });
