// `sluice replay`: a recorded conversation once more, with another server or the same.

import { type Command, ExitCode, type Invocation } from "../command.js";
import { ConnectExit } from "../connect/failure.js";
import { helpOf } from "../help-text.js";
import { Interrupts } from "../interrupts.js";
import { replayFlagGroups, replayFlags } from "./replay-flags.js";
import { Replay } from "./replay-run.js";
import { readReplaySettings } from "./replay-settings.js";

const about = `
Opens a WebSocket and sends again what a client sent in a recorded conversation, with the pauses that it made. FILE is
what the inspector of sluice proxy saves. What is sent and what comes is printed in the same form.

With --compare, what comes is held against what the recorded server answered, in its order: kind and content of
each message, and the code when the server closed.

Recorded pings and pongs are passed over. The connection is closed as the recorded client closed it, else with 1000.
What was not recorded whole cannot be sent again: record from the first frame on, messages up to 4 KiB.
`;

const format = `One JSON object on each line, for each frame:
t          milliseconds since 1970, with the fraction
from       "client" or "upstream"
type       "text", "binary", "continuation", "ping", "pong" or "close"
fin        false for a fragment that others follow
data       the payload as text; of a close, the reason
base64     the payload where it is no text
code       of a close
size, compressed   bytes of the payload, and as they passed; for information
truncated, undecoded, skipped   the payload was cut, stayed compressed, frames are missing: refused`;

const help = helpOf({
  usage: "sluice replay FILE URL [FLAGS]",
  about,
  flagGroups: replayFlagGroups,
  sections: { "The file": format },
  exitCodes: {
    [ExitCode.OK]: "everything was sent; with --compare, and everything came as recorded",
    [ExitCode.FAILED]: "something differs, the connection could not be made, or it was lost",
    [ExitCode.USAGE]: "the command was called wrongly, or the file cannot be replayed",
    [ConnectExit.REFUSED]: "the server answered, but with no WebSocket",
    [ConnectExit.INTERRUPTED]: "interrupted (143 for SIGTERM, 129 for SIGHUP)",
  },
  examples: [
    ["sluice replay talk.jsonl localhost:8080", "say it again, at the pace of the recording"],
    [
      "sluice replay talk.jsonl localhost:8080 --speed max --compare",
      "does the new server answer as the old one did?",
    ],
    ["sluice replay talk.jsonl localhost:8080 --speed 10 > again.jsonl", "record what this server answers"],
  ],
});

export const replayCommand: Command = {
  name: "replay",
  summary: "say a recorded conversation again, and compare the answers",
  help,
  flags: replayFlags,
  positionals: ["FILE", "URL"],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { console } = invocation;
  const replay = new Replay(readReplaySettings(invocation), console);
  const interrupts = new Interrupts(console.signals, (exitCode) => replay.leave(exitCode));
  // A reader that has had enough, such as `head`, is no failure.
  const onUnread = ({ code }: NodeJS.ErrnoException): unknown =>
    replay.leave(code === "EPIPE" || code === "EIO" ? ExitCode.OK : ExitCode.FAILED);
  console.stdout.on("error", onUnread);
  try {
    return await Promise.race([replay.run(), interrupts.forced]);
  } finally {
    replay.terminate();
    interrupts.stop();
    console.stdout.off("error", onUnread);
  }
}
