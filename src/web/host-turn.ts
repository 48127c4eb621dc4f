// RFC 6455 §4.1: "There MUST be no more than one connection in a CONNECTING state" to one address and port, and WebSockets
// Standard, "obtain a WebSocket connection", keeps that rule. Names stand for addresses here: a name is resolved by the attempt
// itself.

/** Who waits for which host, in order. A host is listed while an attempt to reach it is under way. */
const lines = new Map<string, Set<() => void>>();

/** Waits for the turn of this attempt. Answers what ends the turn. Rejects with the signal's reason. */
export async function takeTurn(host: string, signal: AbortSignal): Promise<() => void> {
  const line = lines.get(host);
  if (line === undefined) lines.set(host, new Set());
  else await standInLine(line, signal);
  return () => endTurn(host);
}

function standInLine(line: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const begin = (): void => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    const leave = (): void => {
      line.delete(begin);
      reject(signal.reason);
    };
    line.add(begin);
    signal.addEventListener("abort", leave, { once: true });
  });
}

function endTurn(host: string): void {
  const line = lines.get(host);
  const [next] = line ?? [];
  if (next === undefined) lines.delete(host);
  else {
    line?.delete(next);
    next();
  }
}

/** What the URL leads to, as far as the name tells. */
export function hostOf({ protocol, hostname, port }: URL): string {
  const defaultPort = protocol === "wss:" ? "443" : "80";
  return `${hostname}:${port === "" ? defaultPort : port}`;
}
