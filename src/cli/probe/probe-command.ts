// `sluice probe`: what this machine offers for carrying connections.

import { type Offer, type Probe, probe } from "../../uring/index.js";
import { type Command, ExitCode } from "../command.js";

const help = `Usage: sluice probe [--json]

Says what this machine offers for carrying connections: io_uring, and the kernel's TLS upon it; what transport "auto" is
here; and of what is missing, why, and what to do.

  --json      as one JSON object
  -h, --help  show this

Exit codes: 0 always, for what is missing is no failure.

Examples:
  sluice probe
  sluice probe --json
`;

export const probeCommand: Command = {
  name: "probe",
  summary: "say what the kernel offers, and what is chosen",
  help,
  flags: { json: { type: "boolean", about: "as one JSON object" } },
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
