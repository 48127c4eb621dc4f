// `sluice probe`: what this machine offers for carrying connections.

import { type Offer, type Probe, probe } from "../../uring/index.js";
import { type Command, ExitCode, type Flags } from "../command.js";
import { helpOf } from "../help-text.js";

const flags = { json: { type: "boolean", about: "as one JSON object" } } as const satisfies Flags;

const help = helpOf({
  usage: "sluice probe [FLAGS]",
  about: `
Says what this machine offers for carrying connections: io_uring, and the kernel's TLS upon it; what transport
"auto" is here; and of what is missing, why, and what to do.
`,
  flagGroups: { Flags: flags },
  exitCodes: {
    [ExitCode.OK]: "it was found out, for what is missing is no failure",
    [ExitCode.USAGE]: "the command was called wrongly",
  },
  examples: [
    ["sluice probe", "for you to read"],
    ["sluice probe --json", "for a program"],
  ],
});

export const probeCommand: Command = {
  name: "probe",
  summary: "say what the kernel offers, and what is chosen",
  help,
  flags,
  positionals: [],
  async run({ values, console }) {
    const found = probe();
    console.stdout.write(values.json === true ? `${JSON.stringify(found)}\n` : describe(found));
    return ExitCode.OK;
  },
};

function describe({ platform, kernel, uring, kernelTls }: Probe): string {
  const auto = uring.isAvailable ? "io_uring, and Node's sockets for TLS" : "Node's sockets";
  const lines = [
    ["system", `${platform} ${kernel}`],
    ["io_uring", describeOffer(uring)],
    ["kernel TLS", describeOffer(kernelTls)],
    ['"auto"', auto],
  ];
  return lines.map(([name, text]) => `${name.padEnd(11)} ${text}\n`).join("");
}

function describeOffer({ isAvailable, reason }: Offer): string {
  return isAvailable ? "works" : `not available: ${reason}`;
}
