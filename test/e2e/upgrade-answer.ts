// What a server of ours answers to an upgrade.

import type { ServerHandlers, ServerOptions } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { startServer } from "../support/sluice-server.js";
import { upgradeHead } from "../support/wire.js";

interface After {
  after(hook: () => Promise<void>): void;
}

/** The whole response to one upgrade request. */
export async function answerTo(
  t: After,
  handlers: ServerHandlers,
  options: ServerOptions = {},
  target = "/",
) {
  const { server, port } = await startServer(t, handlers, options);
  const peer = await openRaw(t as never, { port });
  peer.write(upgradeHead({}, target));
  const response = await peer.readResponse();
  return { server, peer, response };
}
