// From a request head to a decision: the checks of RFC 6455 §4.2.1, path, origin, the application's hook, subprotocol
// and compression, in this order. A refusal comes back as a value; nothing of the reason reaches the peer but the status.

import { isThenable, toError } from "../connection/index.js";
import { acceptUpgrade, type ServerAgreement } from "../endpoint/index.js";
import {
  HandshakeError,
  originAllowed,
  quote,
  type Refusal,
  reasonOf,
  refusalOf,
  type UpgradeOffer,
  validateUpgradeRequest,
} from "../handshake/index.js";
import { sha1 } from "../host/index.js";
import type { ServerHandlers, UpgradeDecision, UpgradeOffering } from "./handlers.js";
import { ReceivedRequest } from "./received-request.js";
import type { AcceptSettings } from "./server-options.js";
import { isResponse } from "./standard-response.js";
import { readUpgradeAnswer } from "./upgrade-answer.js";
import type { Arrival } from "./upgrade-taker.js";

/** What was agreed, before it is said. */
export interface Admitted<Context> extends ServerAgreement {
  readonly request: ReceivedRequest;
  readonly context: Context;
}

/** The request stays out. `error` is for the log when something went wrong here. */
export interface Refused {
  readonly refusal: Refusal;
  readonly error: Error;
}

export type Verdict<Context> = Admitted<Context> | Refused;

export function isRefused<Context>(verdict: Verdict<Context>): verdict is Refused {
  return "refusal" in verdict;
}

/** Decides. Answers a promise only when the application's hook does. */
export function admit<Context>(
  arrival: Arrival,
  handlers: Pick<ServerHandlers<Context>, "upgrade">,
  settings: AcceptSettings,
): Verdict<Context> | Promise<Verdict<Context>> {
  const offer = validateUpgradeRequest(arrival.head);
  if (offer instanceof HandshakeError) return refuse(offer);
  const isSecure = settings.isSecure ?? arrival.peer.isSecure;
  const { headers } = arrival.head;
  const request = new ReceivedRequest(offer, headers, arrival.peer, isSecure);
  if (settings.path !== undefined && offer.path !== settings.path) {
    return refuse(new HandshakeError("PATH_NOT_SERVED", `path ${quote(offer.path)} is not served here`));
  }
  try {
    if (!isOriginAllowed(offer, request, settings)) {
      return refuse(forbidden(offer, isSecure));
    }
    const decision = handlers.upgrade?.(request);
    if (isSettledLater(decision)) return concludeLater<Context>(offer, request, decision, settings);
    return conclude<Context>(offer, request, decision, settings);
  } catch (error) {
    return refuseFailedHook(error);
  }
}

type Decision<Context> = Exclude<UpgradeDecision<Context>, Response>;

/** Whether the verdict takes time: a promise of any make, or a Response whose body has to be read. */
function isSettledLater<Context>(
  decision: UpgradeDecision<Context> | PromiseLike<UpgradeDecision<Context>>,
): decision is Response | PromiseLike<UpgradeDecision<Context>> {
  return isResponse(decision) || isThenable(decision);
}

/** Never rejects: nobody would hear of it. */
async function concludeLater<Context>(
  offer: UpgradeOffer,
  request: ReceivedRequest,
  decision: Response | PromiseLike<UpgradeDecision<Context>>,
  settings: AcceptSettings,
): Promise<Verdict<Context>> {
  try {
    const settled = await decision;
    return isResponse(settled)
      ? await refuseWithResponse(settled)
      : conclude(offer, request, settled, settings);
  } catch (error) {
    return refuseFailedHook(error);
  }
}

function isOriginAllowed(offer: UpgradeOffer, request: UpgradeOffering, settings: AcceptSettings): boolean {
  const { origins } = settings;
  if (typeof origins !== "function")
    return originAllowed(origins, offer.origin, offer.host, request.isSecure);
  return offer.origin === undefined || origins(offer.origin, request) === true;
}

function conclude<Context>(
  offer: UpgradeOffer,
  request: ReceivedRequest,
  decision: Decision<Context>,
  settings: AcceptSettings,
): Verdict<Context> {
  const answer = readUpgradeAnswer<Context>(decision);
  if (answer === false) return refuse(new HandshakeError("REFUSED", "the upgrade hook answered false"));
  if ("status" in answer) {
    const { status, headers, body } = answer;
    const refusal = { status, headers, body: body ?? `${reasonOf(status)}\n` };
    return {
      refusal,
      error: new HandshakeError("REFUSED", `the upgrade hook answered ${status}`, { status }),
    };
  }
  const { protocols, compression } = settings;
  try {
    const agreement = acceptUpgrade(offer, answer, { protocols, compression, sha1 });
    return { ...agreement, request, context: answer.context as Context };
  } catch (error) {
    return refuseFailedHook(error, "the upgrade hook's answer cannot be sent");
  }
}

/** Says all that was compared: who runs the server cannot see what the proxy before it has changed. */
function forbidden({ origin = "", host }: UpgradeOffer, isSecure: boolean): HandshakeError {
  const security = isSecure ? "secure (https:)" : "not secure (http:)";
  const text = `origin ${quote(origin)} may not connect to host ${quote(host)} by a request that counts as ${security}`;
  const remedy = "the option origins says who may, the option isSecure that a proxy has taken off TLS";
  return new HandshakeError("ORIGIN_FORBIDDEN", `${text}; ${remedy}`);
}

function refuse(error: HandshakeError): Refused {
  return { refusal: refusalOf(error), error };
}

function refuseFailedHook(cause: unknown, what = "the upgrade hook failed"): Refused {
  const error = new HandshakeError("HANDLER_FAILED", `${what}: ${toError(cause).message}`, { cause });
  return { refusal: refusalOf(error), error };
}

async function refuseWithResponse(response: Response): Promise<Refused> {
  const { status } = response;
  const body = status === 204 || status === 304 ? undefined : new Uint8Array(await response.arrayBuffer());
  const error = new HandshakeError("REFUSED", `the upgrade hook answered ${status}`, { status });
  return { refusal: { status, headers: [...response.headers], body }, error };
}
