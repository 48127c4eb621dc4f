// What is typed on a terminal: a message, or a command that begins with a slash.

import { parseHex } from "../byte-text.js";

export type Typed =
  | { readonly kind: "message"; readonly text: string }
  | { readonly kind: "binary"; readonly bytes: Uint8Array }
  | { readonly kind: "json"; readonly text: string }
  | { readonly kind: "ping" | "pong"; readonly data: string | undefined }
  | { readonly kind: "close"; readonly code: number; readonly reason: string }
  | { readonly kind: "help" | "quit" | "nothing" }
  | { readonly kind: "problem"; readonly text: string };

interface SlashCommand {
  readonly name: string;
  readonly takes: string;
  readonly about: string;
  read(rest: string): Typed;
}

export const slashCommands: readonly SlashCommand[] = [
  {
    name: "ping",
    takes: "[DATA]",
    about: "ping the server, and say how long its answer took",
    read: (rest) => ({ kind: "ping", data: rest || undefined }),
  },
  {
    name: "pong",
    takes: "[DATA]",
    about: "send a pong that nobody asked for",
    read: (rest) => ({ kind: "pong", data: rest || undefined }),
  },
  {
    name: "binary",
    takes: "HEX|TEXT",
    about: 'send bytes: 01 ff, or text; "ff" in quotes is text',
    read: readBinary,
  },
  {
    name: "text",
    takes: "[TEXT]",
    about: "send this as it is; alone, an empty message",
    read: (text) => ({ kind: "message", text }),
  },
  {
    name: "json",
    takes: "[TEXT]",
    about: "send this if it is JSON; alone, lay out JSON or not",
    read: (text) => ({ kind: "json", text }),
  },
  {
    name: "close",
    takes: "[CODE] [REASON]",
    about: "close the connection; 1000 by default",
    read: readClose,
  },
  { name: "help", takes: "", about: "show this", read: () => ({ kind: "help" }) },
  { name: "quit", takes: "", about: "close and leave, as Ctrl-D does", read: () => ({ kind: "quit" }) },
];

/** `//` stands for a slash that a message begins with. */
export function readTyped(line: string): Typed {
  if (line.trim() === "") return { kind: "nothing" };
  if (!line.startsWith("/")) return { kind: "message", text: line };
  if (line.startsWith("//")) return { kind: "message", text: line.slice(1) };
  const [, name, rest] = /^\/(\S*)\s*(.*)$/.exec(line) ?? [];
  const command = slashCommands.find((candidate) => candidate.name === name);
  if (command !== undefined) return command.read(rest.trim());
  return {
    kind: "problem",
    text: `/${name} is no command; /help shows what there is, and /${line} sends it`,
  };
}

/** For the completer of node:readline: what the line may become, and the part that it is instead of. */
export function completeTyped(line: string): [string[], string] {
  if (!/^\/\w*$/.test(line)) return [[], line];
  const names = slashCommands.map(({ name, takes }) => `/${name}${takes === "" ? "" : " "}`);
  return [names.filter((name) => name.startsWith(line)), line];
}

export function slashHelp(): string {
  const lines = slashCommands.map(({ name, takes, about }) => `${`/${name} ${takes}`.padEnd(24)}${about}`);
  return [...lines, `${"//TEXT".padEnd(24)}send /TEXT`].join("\n");
}

function readBinary(rest: string): Typed {
  if (rest === "")
    return { kind: "problem", text: "/binary needs bytes: /binary 01 ff, or /binary some text" };
  const [, quoted] = /^"(.*)"$/.exec(rest) ?? [];
  const bytes = quoted === undefined ? parseHex(rest) : undefined;
  return { kind: "binary", bytes: bytes ?? new TextEncoder().encode(quoted ?? rest) };
}

function readClose(rest: string): Typed {
  const [, digits, reason = ""] = /^(\d+)?\s*(.*)$/.exec(rest) ?? [];
  return { kind: "close", code: digits === undefined ? 1000 : Number(digits), reason };
}
