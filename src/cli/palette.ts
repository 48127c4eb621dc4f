// Colours, where they are wanted.

import type { Console } from "./command.js";

const codes = { green: 32, red: 31, yellow: 33, blue: 34, magenta: 35, cyan: 36, dim: 2, bold: 1 } as const;
export type Color = keyof typeof codes;

export type Paint = (color: Color, text: string) => string;

export const noPaint: Paint = (_color, text) => text;

const paint: Paint = (color, text) => (text === "" ? "" : `\u001b[${codes[color]}m${text}\u001b[0m`);

/** For a stream: none where it is no terminal, or somebody wants none (https://no-color.org). */
export function paintFor(
  stream: { readonly isTTY?: boolean },
  { env }: Pick<Console, "env">,
  isUnwanted: boolean,
): Paint {
  return isUnwanted || stream.isTTY !== true || env.NO_COLOR || env.TERM === "dumb" ? noPaint : paint;
}
