// `sluice bench --help`.

import { ExitCode } from "../command.js";
import { helpOf } from "../help-text.js";
import { benchFlagGroups } from "./bench-flags.js";

export const benchHelp = helpOf({
  usage: "sluice bench URL [FLAGS]",
  about: `Puts a WebSocket server under load and says how it did: throughput, latencies, errors. The server has to answer
each message by one message, as an echo does; answers are matched to messages in their order, on each connection
for itself.

The first Ctrl-C ends a run early, with its result; the second one at once. What every field of the JSON means, and
how to measure honestly, is in docs/benchmarking.md.`,
  flagGroups: benchFlagGroups,
  exitCodes: {
    [ExitCode.OK]: "it was measured",
    [ExitCode.FAILED]: "there was nothing to measure, or an error with --fail-on-error",
    [ExitCode.USAGE]: "it was called wrongly",
    [ExitCode.INTERRUPTED]:
      "it was interrupted, and printed what was measured until then unless twice (143 for SIGTERM, 129 for SIGHUP)",
  },
  examples: [
    ["sluice bench ws://localhost:8080", "fifty connections, ten seconds, one message at a time on each"],
    [
      "sluice bench ws://localhost:8080 --connections 200 --ramp 2 --rate 1000 --duration 5 --html report.html",
      "by the clock, with a report to look at",
    ],
    [
      "sluice bench ws://localhost:8080 --in-flight 8 --size 1024 --binary --messages 10000 --json",
      "so many messages, for a program to read",
    ],
    [
      "sluice bench ws://localhost:8080 --no-echo --connections 4 --warmup 1 --duration 3",
      "what a server takes that answers nothing",
    ],
  ],
});
