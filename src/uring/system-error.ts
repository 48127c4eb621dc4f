// The kernel's -errno as Node's errors, so that one table tells what they mean whatever carried the connection.

import { getSystemErrorMap, getSystemErrorName } from "node:util";
import { type TransportError, toTransportError } from "../transport/index.js";

/** What was listened on or connected to. As with Node's errors, the path of a unix socket is an address without a port. */
export interface Place {
  readonly address: string;
  readonly port?: number;
}

/** `result` is -errno; `syscall` names the call as Node does: "read", "write", "connect", "accept", "listen". */
export function systemError(result: number, syscall: string, place?: Place): TransportError {
  const code = getSystemErrorName(result);
  const message = [syscall, syscall === "listen" ? explained(result) : code, ...placed(place)].join(" ");
  const error = Object.assign(new Error(message), { code, errno: result, syscall, ...place });
  return toTransportError(error);
}

/** Node explains the names of errors where something listens, and nowhere else. */
function explained(result: number): string {
  const meaning = getSystemErrorMap().get(result)?.[1];
  const name = getSystemErrorName(result);
  return meaning === undefined ? name : `${name}: ${meaning}`;
}

function placed(place: Place | undefined): string[] {
  if (place === undefined) return [];
  return [place.port === undefined ? place.address : `${place.address}:${place.port}`];
}
