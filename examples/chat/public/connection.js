// A WebSocket that comes back. Lost connections are made anew after a wait that doubles each time, with some chance in
// it, so that the pages of a restarted server do not all return at once.

const minDelayMs = 500;
const maxDelayMs = 15_000;
const connectTimeoutMs = 8_000;
/** The server does not want this page back: too many messages, or this session is on another connection now. */
const finalCodes = new Set([1008, 4001]);

/**
 * Tells `opened`, `received` with each message, and `changed` with the state: "connecting", "open", "waiting" with the
 * seconds that are left, or "closed" with the code.
 */
export class Connection {
  #url;
  #listener;
  #socket;
  #timer;
  #attempt = 0;
  #retryAtMs = 0;

  constructor(url, listener) {
    this.#url = url;
    this.#listener = listener;
    window.addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#hurry();
    });
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Connects, at once, whatever has been before. */
  open() {
    this.close();
    this.#listener.changed({ kind: "connecting" });
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#timer = setTimeout(() => this.restart(), connectTimeoutMs);
    socket.onopen = () => {
      clearTimeout(this.#timer);
      this.#listener.changed({ kind: "open" });
      this.#listener.opened();
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code }) => {
      this.#abandon();
      if (finalCodes.has(code)) this.#listener.changed({ kind: "closed", code });
      else this.#wait();
    };
  }

  /** To be called when the server has let the page in: the next loss begins with short waits again. */
  settle() {
    this.#attempt = 0;
  }

  /** Gives up a connection that does not answer, and makes a new one. */
  restart() {
    this.#abandon();
    this.#wait();
  }

  close() {
    this.#abandon();
    this.#retryAtMs = 0;
  }

  /** Answers whether the message could be handed to the network. */
  send(message) {
    if (!this.isOpen) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #receive(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (typeof message === "object" && message !== null) this.#listener.received(message);
  }

  #abandon() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #wait() {
    const longest = Math.min(maxDelayMs, minDelayMs * 2 ** this.#attempt);
    this.#attempt++;
    this.#retryAtMs = Date.now() + longest * (0.5 + Math.random() / 2);
    this.#tick();
  }

  #tick() {
    const leftMs = this.#retryAtMs - Date.now();
    if (leftMs <= 0) {
      this.open();
      return;
    }
    this.#listener.changed({ kind: "waiting", seconds: Math.ceil(leftMs / 1000) });
    this.#timer = setTimeout(() => this.#tick(), leftMs % 1000 || 1000);
  }

  #hurry() {
    if (this.#retryAtMs > Date.now()) this.open();
  }
}
