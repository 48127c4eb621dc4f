// Requests that are made and never sent.

import { Agent, type ClientRequest } from "node:http";
import type { CompatSocket, Options, SocketClass } from "./ws-module.js";

export interface KeptRequest {
  readonly request: ClientRequest;
  readonly options: Options;
}

/** An agent that keeps what it is given to send. */
export class IdleAgent extends Agent {
  readonly kept: KeptRequest[] = [];

  /** What node:http calls with a request that needs a socket. */
  addRequest(request: ClientRequest, options: Options): void {
    this.kept.push({ request, options });
  }
}

/** A client that stays in CONNECTING, and its request. */
export function idleClient(
  WebSocket: SocketClass,
  url: string | URL = "ws://localhost",
  options: Options = {},
  protocols?: string | readonly string[],
): KeptRequest & { client: CompatSocket } {
  const agent = new IdleAgent();
  const client = new WebSocket(url, protocols, { agent, ...options });
  return { client, ...(agent.kept[0] as KeptRequest) };
}
