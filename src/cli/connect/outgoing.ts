// A line of input as the message that it stands for.

import type { Encoding } from "../byte-text.js";
import { parseBytes } from "../byte-text.js";
import type { SessionSettings } from "./connect-settings.js";
import { isJson } from "./json-layout.js";

export type Outgoing = { readonly data: string | Uint8Array } | { readonly problem: string };

export function readOutgoing(
  line: string,
  {
    isBinary,
    isJson: isJsonOnly,
    encoding = "raw",
  }: Pick<SessionSettings, "isBinary" | "isJson" | "encoding">,
): Outgoing {
  if (isBinary) return readBinary(line, encoding);
  if (isJsonOnly && !isJson(line)) return { problem: "no JSON, and not sent" };
  return { data: line };
}

function readBinary(line: string, encoding: Encoding): Outgoing {
  const data = parseBytes(line, encoding);
  return data === undefined ? { problem: `no ${encoding}, and not sent` } : { data };
}
