// What a WebSocket of the browser's kind tells, as a list of short lines, and waiting for one of its events.

import type { CloseEvent, MessageEvent, SocketErrorEvent, WebSocket, WebSocketEventMap } from "sluice";

/** "open 1", "message hi 1", "error 3", "close 1006 unclean 3": the event, what it carries, and the state in it. */
export function record(socket: WebSocket): string[] {
  const lines: string[] = [];
  socket.addEventListener("open", () => lines.push(`open ${socket.readyState}`));
  socket.addEventListener("message", ({ data }) =>
    lines.push(`message ${String(data)} ${socket.readyState}`),
  );
  socket.addEventListener("error", () => lines.push(`error ${socket.readyState}`));
  socket.addEventListener("close", (event) => lines.push(`${describeClose(event)} ${socket.readyState}`));
  return lines;
}

export function describeClose({ code, reason, wasClean }: CloseEvent): string {
  return `close ${code}${reason === "" ? "" : ` ${reason}`}${wasClean ? "" : " unclean"}`;
}

interface Events {
  open: Event;
  message: MessageEvent;
  error: SocketErrorEvent;
  close: CloseEvent;
}

/** The next event of this name. */
export function next<Name extends keyof WebSocketEventMap>(
  socket: WebSocket,
  name: Name,
): Promise<Events[Name]> {
  return new Promise((resolve) => {
    const listener = (event: Event): void => resolve(event as Events[Name]);
    socket.addEventListener(name as string, listener, { once: true });
  });
}

/** A task of the event loop has passed, and everything that was queued before it. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
