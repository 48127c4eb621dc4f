// The page: joins the parts, and knows what each message of the server means. The messages are described in
// ../protocol.ts.

import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { find, randomKey } from "./dom.js";
import { Entry, putRoomIntoAddress, roomInAddress } from "./entry.js";
import { MessageLog } from "./message-log.js";
import { Outbox } from "./outbox.js";
import { People } from "./people.js";
import { Scroller } from "./scroller.js";
import { StatusLine } from "./status-line.js";

/** Who comes back with it after a lost connection takes their own place again. */
const session = randomKey();
let wish = { name: "", room: "" };
let name = "";
let room = "";
let isInside = false;
let isJoined = false;
let unread = 0;

const entry = new Entry((choice) => {
  wish = choice;
  connection.open();
});
const people = new People();
const log = new MessageLog(find("log"));
const scroller = new Scroller(find("scroller"), find("pill"));
const status = new StatusLine(() => connection.open());
// Relative to the page, so that it also works below a path of another server.
const address = new URL(".", location.href.replace(/^http/, "ws").replace(/#.*/, ""));
const connection = new Connection(address, { opened: join, received: receive, changed: show });
const outbox = new Outbox(
  find("outbox"),
  (message) => connection.send(message),
  () => connection.restart(),
);
const composer = new Composer(
  { form: find("composer"), field: find("text"), button: find("send"), count: find("text-count") },
  (text) => {
    outbox.add(text);
    scroller.toEnd();
  },
);

function join() {
  connection.send({ type: "join", room: wish.room, name: wish.name, session });
}

function show(state) {
  if (state.kind !== "open") setJoined(false);
  if (isInside) status.show(state, isJoined);
  else if (state.kind === "waiting") showEntry("The server does not answer. Trying again…");
  else if (state.kind === "closed") showEntry("The server has closed the connection.");
}

function showEntry(problem) {
  entry.show();
  entry.problem = problem;
}

function setJoined(value) {
  isJoined = value;
  outbox.isJoined = value;
  composer.isReady = value;
}

function receive(message) {
  if (message.type === "joined") onJoined(message);
  else if (message.type === "message") onMessage(message);
  else if (message.type === "presence") onPresence(message);
  else if (message.type === "error") onError(message);
}

function onJoined(message) {
  const isComeback = isInside && message.room === room;
  if (!isComeback) log.clear();
  for (const { ref } of message.history) if (ref !== undefined) outbox.answered(ref);
  ({ name, room } = message);
  const missed = log.merge(message.history, name);
  if (name !== wish.name) log.notice(`${wish.name} is taken here, so you are ${name}`, Date.now());
  else if (isComeback) log.notice("You are connected again", Date.now());
  isInside = true;
  entry.done(wish.name, room);
  // From now on this is the name to come back with.
  wish = { name, room };
  find("chat").hidden = false;
  find("room-name").textContent = `#${room}`;
  composer.placeholder = `Message #${room}`;
  putRoomIntoAddress(room);
  people.show(message.members, name);
  connection.settle();
  setJoined(true);
  status.show({ kind: "open" }, true);
  showEmptiness();
  if (!isComeback) {
    scroller.toEnd();
    composer.focus();
  } else for (let count = 0; count < missed; count++) scroller.added(true);
  countUnread(isComeback ? missed : 0);
}

function onMessage(message) {
  const isOurs = outbox.answered(message.ref);
  if (!log.add(message, message.from === name, !isOurs)) return;
  showEmptiness();
  scroller.added(!isOurs);
  if (!isOurs) countUnread(1);
}

function onPresence({ event, name: who, formerName, members, time }) {
  const isMe = event === "renamed" && formerName === name;
  if (isMe) {
    name = who;
    wish.name = who;
  }
  people.show(members, name);
  log.notice(event === "renamed" ? `${formerName} is now ${who}` : `${who} ${event}`, time);
  showEmptiness();
  scroller.added(false);
}

function onError(error) {
  if (outbox.refused(error)) return;
  if (isJoined) {
    status.complain(error.text);
    wish = { name, room };
    putRoomIntoAddress(room);
  } else if (error.retryMs !== undefined) setTimeout(join, error.retryMs);
  else leave(error.text);
}

function leave(problem = "") {
  connection.close();
  setJoined(false);
  outbox.clear();
  isInside = false;
  find("chat").hidden = true;
  entry.forgetReturn();
  entry.isBusy = false;
  showEntry(problem);
  countUnread(0);
}

function showEmptiness() {
  find("empty").hidden = !log.isEmpty;
}

/** Says in the tab's title what came while nobody looked. */
function countUnread(more) {
  unread = document.hidden ? unread + more : 0;
  const title = isInside ? `#${room} – Sluice chat` : "Sluice chat";
  document.title = unread > 0 ? `(${unread}) ${title}` : title;
}

document.addEventListener("visibilitychange", () => countUnread(0));
find("leave").addEventListener("click", () => leave());
window.addEventListener("hashchange", () => {
  const wanted = roomInAddress();
  if (wanted === "" || wanted === room) return;
  entry.room = wanted;
  if (!isInside) return;
  wish = { name, room: wanted };
  if (isJoined) join();
});

if (entry.isReturning) {
  wish = entry.choice;
  connection.open();
} else {
  entry.show();
}
