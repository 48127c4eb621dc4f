// A client in the middle of its opening handshake.

import type { RawPeer } from "../../support/raw-client.js";
import { startRawServer } from "../../support/raw-server.js";
import { type After, connectTo } from "./peers.js";
import type { CompatSocket, Options, WsModule } from "./ws-module.js";

/** What an attempt that is given up says. */
export const early = "WebSocket was closed before the connection was established";

export interface Opening {
  readonly client: CompatSocket;
  readonly raw: RawPeer;
  readonly head: Awaited<ReturnType<RawPeer["readHead"]>>;
}

/** A client whose request has been read and is not answered yet. */
export async function opening(
  t: After,
  module: WsModule,
  options: Options = {},
  protocols?: string[],
): Promise<Opening> {
  const server = await startRawServer(t);
  const client = connectTo(t, module, server.url, protocols, options);
  const raw = await server.accept();
  return { client, raw, head: await raw.readHead() };
}
