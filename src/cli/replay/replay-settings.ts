// What was asked for on the command line.

import { readFileSync } from "node:fs";
import type { ConnectOptions } from "../../client/index.js";
import { completeUrl } from "../address.js";
import { readClientOptions } from "../client-options.js";
import { type Invocation, UsageError } from "../command.js";
import { FlagReader } from "../flag-value.js";
import { unreadFileProblem } from "../unread-file.js";
import { visibleLine } from "../visible-text.js";
import { type Conversation, parseConversation, requireWhole } from "./conversation.js";

const DEFAULT_WAIT_MS = 5000;

export interface ReplaySettings {
  /** The file, as messages call it. */
  readonly name: string;
  readonly conversation: Conversation;
  readonly url: string;
  readonly options: ConnectOptions;
  /** `Infinity` for no pauses. */
  readonly speed: number;
  readonly isComparing: boolean;
  readonly waitMs: number;
}

/** Throws `UsageError`. */
export function readReplaySettings({ values, positionals }: Invocation): ReplaySettings {
  const flags = new FlagReader(values);
  const [path, url] = positionals;
  const name = visibleLine(path);
  const isComparing = flags.isSet("compare");
  if (!isComparing && flags.text("wait") !== undefined)
    throw new UsageError("--wait is for --compare: without it nothing is known to be missing");
  const conversation = parseConversation(readRecording(path, name), name);
  requireWhole(conversation, "client", name);
  if (isComparing) requireWhole(conversation, "upstream", name);
  return {
    name,
    conversation,
    url: completeUrl(url),
    options: {
      ...readClientOptions(flags),
      compression: !flags.isSet("no-compression"),
      handshakeTimeoutMs: flags.milliseconds("connect-timeout"),
      maxMessageBytes: flags.bytes("max-bytes"),
    },
    speed: speedOf(flags.text("speed")),
    isComparing,
    waitMs: flags.milliseconds("wait") ?? DEFAULT_WAIT_MS,
  };
}

function readRecording(path: string, name: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`${name} ${unreadFileProblem(path, error)}`, { cause: error });
  }
}

function speedOf(text = "1"): number {
  if (text === "max") return Infinity;
  const speed = /^(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : 0;
  if (speed > 0) return speed;
  throw new UsageError(
    `--speed is ${JSON.stringify(text)}; it takes a number above 0, such as 2 or 0.5, or max`,
  );
}
