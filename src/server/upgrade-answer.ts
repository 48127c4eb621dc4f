// What the application's upgrade hook answered, read so that nothing lets a client in by mistake: an answer counts as a
// yes only if it is one of the few that were agreed on, and everything that is not understood is a fault.

import { describeValue, invalidArgument, type StateError } from "../protocol/index.js";
import type { UpgradeAcceptance, UpgradeRefusal } from "./handlers.js";

const REMEDY =
  "it may answer nothing or true, or { protocol, headers, context }, to let the client in, and false, " +
  "{ status, headers, body } or a Response to refuse";

/** What people write who mean `status`. */
const misspelledStatuses = ["statusCode", "statuscode", "code"];

/** The settled answer of the hook, which is no Response. Throws `StateError` for one that means nothing. */
export function readUpgradeAnswer<Context>(
  answer: unknown,
): UpgradeAcceptance<Context> | UpgradeRefusal | false {
  if (answer === false) return false;
  if (answer === undefined || answer === true) return {};
  if (typeof answer !== "object" || answer === null) throw misunderstood(describeValue(answer), answer);
  if ("status" in answer) return checkedRefusal(answer as UpgradeRefusal);
  return checkedAcceptance<Context>(answer);
}

/** Whatever else stands beside the status does no harm: the client stays out. */
function checkedRefusal(answer: UpgradeRefusal): UpgradeRefusal {
  const { status, headers, body } = answer;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw misunderstood(`a status of ${describeValue(status)}, which is none from 200 to 599`, answer);
  }
  if (body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array)) {
    throw misunderstood(`a body that is ${describeValue(body)}, neither a string nor bytes`, answer);
  }
  return { status, headers, body };
}

function checkedAcceptance<Context>(answer: object): UpgradeAcceptance<Context> {
  if (!isPlain(answer)) throw misunderstood(describeObject(answer), answer);
  const { protocol, headers, context, ...unknown } = answer as Record<string | symbol, unknown>;
  const [key] = Reflect.ownKeys(unknown);
  if (key !== undefined) {
    const hint = misspelledStatuses.includes(String(key)) ? "; did you mean `status`?" : "";
    throw misunderstood(`an object with the unknown key ${describeValue(String(key))}${hint}`, answer);
  }
  if (protocol !== undefined && typeof protocol !== "string") {
    throw misunderstood(`a protocol that is ${describeValue(protocol)}, not a string`, answer);
  }
  if (headers !== undefined && (typeof headers !== "object" || headers === null)) {
    throw misunderstood(`headers that are ${describeValue(headers)}, neither pairs nor a record`, answer);
  }
  return { protocol, headers, context } as UpgradeAcceptance<Context>;
}

/** Made with braces, here or in another realm, and not an array, an Error or an object of some class. */
function isPlain(answer: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(answer);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Says what kept an object from being an answer, and nothing of what it holds, which may be secret. */
function describeObject(answer: object): string {
  if (answer instanceof Error) return "an Error (to fail, throw it)";
  return Array.isArray(answer) ? describeValue(answer) : "an object of an unexpected kind";
}

function misunderstood(what: string, answer: unknown): StateError {
  const options = answer instanceof Error ? { cause: answer } : {};
  return invalidArgument(`it answered ${what}; ${REMEDY}`, options);
}
