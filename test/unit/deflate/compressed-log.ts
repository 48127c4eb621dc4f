// What a server's machine makes of compressed frames.

import { type DeflateParameters, PerMessageDeflate } from "#src/deflate/index.js";
import { encodeFrame } from "#src/protocol/index.js";
import { ProtocolLog } from "../../support/protocol-log.js";
import { defaultParameters, join, realEngine } from "./codec-pair.js";

/** A server's machine that inflates what it receives. */
export function createLog(
  parameters: Partial<DeflateParameters> = {},
  maxMessageBytes = 1_048_576,
  engine = realEngine(),
) {
  const codec = new PerMessageDeflate("server", { ...defaultParameters, ...parameters }, {}, engine);
  return { codec, log: new ProtocolLog({ role: "server", codec, limits: { maxMessageBytes } }) };
}

const mask = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

/** A compressed message's frames, one for each piece. */
export function frames(opcode: number, ...pieces: Uint8Array[]): Uint8Array {
  return join(
    pieces.map((payload, i) =>
      encodeFrame({
        fin: i === pieces.length - 1,
        rsv1: i === 0,
        opcode: i === 0 ? opcode : 0,
        mask,
        payload,
      }),
    ),
  );
}
