// The one WebSocket of the page. What it says becomes an event of the document, "live-" and its type.

import { byId, setText } from "./dom.js";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;

let socket;
let pauseMs = FIRST_PAUSE_MS;

/** Asks for something, if there is somebody to ask. */
export function ask(command) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(command));
}

export function onLive(type, listener) {
  document.addEventListener(`live-${type}`, ({ detail }) => listener(detail));
}

function tell(type, detail) {
  document.dispatchEvent(new CustomEvent(`live-${type}`, { detail }));
}

function showStatus(text, isBad = false) {
  setText(byId("status"), text);
  byId("status").classList.toggle("bad", isBad);
}

export function openLive() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}/live`);
  socket.onopen = () => {
    pauseMs = FIRST_PAUSE_MS;
    tell("open");
  };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    tell(message.type, message);
  };
  socket.onclose = () => {
    showStatus("Not connected to the proxy. Trying again…", true);
    tell("lost");
    setTimeout(openLive, pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  };
}

onLive("snapshot", ({ isDraining }) =>
  showStatus(isDraining ? "The proxy accepts nothing more" : "Live", isDraining),
);
