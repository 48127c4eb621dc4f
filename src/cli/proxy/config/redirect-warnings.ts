// Redirects to https that lead nowhere, as far as the config tells: whether another process serves TLS there, it does not say.

import { defaultPortOf } from "../../../handshake/index.js";
import type { HttpsRedirectOptions } from "../../../proxy/index.js";
import type { ListenerPlan } from "../proxy-plan.js";
import type { ConfigReader } from "./config-reader.js";
import { type ConfigValue, listenersOf, type RouteValue } from "./config-values.js";
import { fileWords, json } from "./file-words.js";
import { tlsExample } from "./listen-fields.js";
import { listenEntries } from "./listener-checks.js";
import { partsWith } from "./parts.js";

const HTTPS_PORT = defaultPortOf(true);

interface Listening {
  readonly port: number;
  readonly isSecure: boolean;
  /** In which it stands. */
  readonly line: number;
}

/** Notes them. Of a config without mistakes. */
export function warnOfRedirects(config: ConfigValue, reader: ConfigReader, folder: string): void {
  const { trustedProxies = [] } = config;
  const listening = listeningOf(config, reader, folder);
  // Whoever stands before the proxy may end TLS, at a port of its own.
  if (trustedProxies.length > 0 || listening === undefined || listening.every(({ isSecure }) => isSecure))
    return;
  for (const part of partsWith("redirectToHttps", config)) {
    const problem = redirectProblem(part, listening);
    if (problem !== undefined)
      reader.warn(reader.placeOf(part, "redirectToHttps"), `redirectToHttps ${problem}`);
  }
}

/** Undefined where clients may not see the ports: one that is free, or a unix socket behind somebody. */
function listeningOf(
  config: ConfigValue,
  reader: ConfigReader,
  folder: string,
): readonly Listening[] | undefined {
  const listening = listenEntries(config, reader).flatMap(({ value, place: { line } }) =>
    listenersOf({ listen: value }, folder).map((plan) => ({
      port: portOf(plan),
      isSecure: plan.tls !== undefined,
      line,
    })),
  );
  return listening.some(({ port }) => port === 0) ? undefined : listening;
}

function portOf({ target }: ListenerPlan): number {
  return "path" in target ? 0 : target.port;
}

function redirectProblem(
  { redirectToHttps: given = false }: RouteValue,
  listening: readonly Listening[],
): string | undefined {
  if (given === false) return undefined;
  const options: HttpsRedirectOptions = given === true ? {} : given;
  const { port = HTTPS_PORT } = options;
  const secure = listening.filter(({ isSecure }) => isSecure);
  if (secure.some((each) => each.port === port)) return undefined;
  const advice = (to: number): string => fileWords.setting("redirectToHttps", { ...options, port: to });
  const plain = listening.find((each) => each.port === port);
  if (plain !== undefined) {
    const instead = secure.length > 0 ? advice(secure[0].port) : 'the port of a listener with "tls"';
    return `leads to port ${port}, where the listener in line ${plain.line} has no "tls"; write ${instead}`;
  }
  if (secure.length === 0) {
    const listen = json({ port, tls: tlsExample });
    const trust = fileWords.setting("trustedProxies", ["10.0.0.0/8"]);
    return `redirects every request, for no listener has "tls" and nobody is trusted to say that it has ended TLS; write ${listen} in "listen", or ${trust}`;
  }
  // Who names the port knows where clients find it.
  if (options.port !== undefined) return undefined;
  return `leads to port ${port}, and no listener with "tls" has it; write ${advice(secure[0].port)}, or ${advice(port)} if clients come to "tls" there`;
}
