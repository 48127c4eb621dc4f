// Whether the application lets a client in.

import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { ServerSettings, VerifyClientCallbackSync } from "./server-options.js";
import type { Refusal } from "./server-refusal.js";
import { versionOf } from "./server-request.js";

/** Asks `verifyClient`, if there is one. `answer` is called with why the client is refused, or with undefined. */
export function verify(
  settings: ServerSettings,
  request: IncomingMessage,
  answer: (refusal: Refusal | undefined) => void,
): void {
  if (!settings.verifyClient) {
    answer(undefined);
    return;
  }
  const { headers } = request;
  const secure = request.socket as Partial<TLSSocket>;
  const info = {
    origin: headers[versionOf(headers) === 8 ? "sec-websocket-origin" : "origin"] as string,
    secure: Boolean(secure.authorized || secure.encrypted),
    req: request,
  };
  // With two parameters it calls back, else it answers.
  if (settings.verifyClient.length !== 2) {
    const { verifyClient } = settings as { verifyClient: VerifyClientCallbackSync };
    answer(verifyClient.call(settings, info) ? undefined : { status: 401 });
    return;
  }
  settings.verifyClient(info, (isVerified, code, text, sent) => {
    answer(isVerified ? undefined : { status: code || 401, text, headers: sent });
  });
}
