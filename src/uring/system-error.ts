// The kernel's -errno as Node's errors, so that one table tells what they mean whatever carried the connection.

import { getSystemErrorName } from "node:util";
import { type TransportError, toTransportError } from "../transport/index.js";

/** `result` is -errno; `syscall` names the call as Node does: "read", "write", "connect", "accept", "listen". */
export function systemError(result: number, syscall: string): TransportError {
  const code = getSystemErrorName(result);
  const error = Object.assign(new Error(`${syscall} ${code}`), { code, errno: result, syscall });
  return toTransportError(error);
}
