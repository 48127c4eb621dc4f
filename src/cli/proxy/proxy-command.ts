// `sluice proxy`: a reverse proxy in front of WebSocket and HTTP servers.

import { StateError } from "../../protocol/index.js";
import { inheritedListeners } from "../../proxy/index.js";
import { type Command, type Console, ExitCode, type Invocation, UsageError } from "../command.js";
import { FlagReader } from "../flag-value.js";
import { helpOf } from "../help-text.js";
import { AccessLog } from "./access-log.js";
import { ConfigError, readConfig } from "./config/config-file.js";
import { readFlagPlan } from "./flag-plan.js";
import { PidFile } from "./pid-file.js";
import { describeFailure } from "./proxy-failure.js";
import { flagsOfConfig, proxyFlagGroups, proxyFlags } from "./proxy-flags.js";
import { ProxyLog } from "./proxy-log.js";
import { describePlan, type ProxyPlan } from "./proxy-plan.js";
import { ProxyRun } from "./proxy-run.js";
import { ProxySignals } from "./proxy-signals.js";

const about = `
Stands in front of WebSocket and HTTP servers until it is interrupted. The URLs that it listens on
go to standard output, one on each line; to standard error goes a line for each WebSocket that comes
(+) and goes (-), for each plain request that is over (-), and for what goes wrong (!). With
--access-log there is a line of JSON for each that is over instead. Where those have standard
output, the URLs go to standard error. In a file, each line of standard error begins with its time.
`;

const signals = `
SIGHUP   reads the config and the certificates again, and opens the access log anew. Open
         connections keep what they have. With a mistake in the config everything stays as it was.
SIGUSR2  starts the command anew, which goes on with the same listening sockets, that of the admin
         port too: no connection is refused and none is ended. This process ends when its last
         connection has; until then its own admin port is on a free port of 127.0.0.1. --pid-file
         names the new process before this one ends.
SIGTERM  accepts nothing more, tells every client 1012, service restart, and waits for them to
         leave, as Ctrl-C does; a second one does not wait. A new process of SIGUSR2 that does not
         listen yet ends too.
`;

const help = helpOf({
  usage: "sluice proxy --listen ADDRESS --to URL [FLAGS] | --config FILE [--check]",
  about,
  flagGroups: proxyFlagGroups,
  sections: { Signals: signals },
  exitCodes: {
    [ExitCode.OK]: "it was interrupted or has handed over, and every client has left or had the time to",
    [ExitCode.FAILED]: "it could not listen, or the pid file names another process that runs",
    [ExitCode.USAGE]: "the command was called wrongly, or the config has a mistake",
    [ExitCode.INTERRUPTED]: "interrupted twice (143 for SIGTERM)",
  },
  examples: [
    ["sluice proxy --listen 8080 --to ws://127.0.0.1:3000", "in front of one server"],
    [
      "sluice proxy --listen 8080 --to ws://127.0.0.1:3000 --to ws://127.0.0.1:3001 --balance hash-cookie:session",
      "in front of two, with the same one for the same session",
    ],
    [
      "sluice proxy --listen 8443 --cert cert.pem --key key.pem --to ws://127.0.0.1:3000 --mode inspect",
      "with TLS, and with a look at every message",
    ],
    [
      "sluice proxy --listen 127.0.0.1:8080 --to ws://127.0.0.1:3000 --access-log - --admin 9090",
      "with a line of JSON for each request, and metrics on http://127.0.0.1:9090/metrics",
    ],
    ["sluice proxy --config proxy.json --check", "what is wrong with a config, with lines"],
    ["sluice proxy --config proxy.json --pid-file proxy.pid", "as a config says, for a supervisor"],
  ],
});

export const proxyCommand: Command = {
  name: "proxy",
  summary: "stand in front of WebSocket and HTTP servers",
  help,
  flags: proxyFlags,
  positionals: [],
  foreignFlags: {
    "-s": "one that runs takes signals, as in kill -HUP PID to reload, and kill -TERM PID to end: see --help",
  },
  meantBy,
  run,
};

function meantBy(surplus: string): string | undefined {
  if (/^[a-z+]+:\/\//i.test(surplus)) return `--to ${surplus}`;
  if (/^(?:\S+:)?\d+$/.test(surplus)) return `--listen ${surplus}`;
  return /\.(?:json|conf)$/i.test(surplus) ? `--config ${surplus}` : undefined;
}

async function run({ values, console }: Invocation): Promise<number> {
  const flags = new FlagReader(values);
  flags.excludes("quiet", "verbose");
  for (const flag of flagsOfConfig) flags.excludes("config", flag);
  const file = flags.text("config");
  const read = (): ProxyPlan => (file === undefined ? readFlagPlan(flags) : readConfig(file));
  const log = new ProxyLog(console, {
    isVerbose: flags.isSet("verbose"),
    isQuiet: flags.isSet("quiet"),
    hasNoColor: flags.isSet("no-color"),
  });
  const isCheck = flags.isSet("check");
  // What reads the lines of a check begins with the name of the file.
  const tell = (line: string): unknown => (isCheck ? console.stderr.write(`${line}\n`) : log.always(line));
  let plan: ProxyPlan;
  try {
    plan = read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    error.lines.forEach(tell);
    return ExitCode.USAGE;
  }
  plan.warnings.forEach(tell);
  const pidPath = flags.text("pid-file");
  const pidFile = pidPath === undefined ? undefined : new PidFile(pidPath);
  if (!isCheck) return serve({ plan, read, log, pidFile }, console);
  console.stdout.write(`${file ?? "the command line"} is valid: ${describePlan(plan)}\n`);
  return ExitCode.OK;
}

interface Serving {
  readonly plan: ProxyPlan;
  readonly read: () => ProxyPlan;
  readonly log: ProxyLog;
  readonly pidFile: PidFile | undefined;
}

async function serve({ plan, read, log, pidFile }: Serving, console: Console): Promise<number> {
  const accessLog = new AccessLog(console.stdout, (text) => log.always(`! ${text}`));
  const announce = (url: string): void => {
    if (accessLog.isOnStdout) log.always(`listening on ${url}`);
    else console.stdout.write(`${url}\n`);
  };
  // Whoever has stopped reading the output is no reason to stop serving.
  console.stdout.on("error", () => {});
  let proxy: ProxyRun;
  try {
    proxy = new ProxyRun(plan, { log, accessLog, pidFile, announce });
  } catch (error) {
    throw new UsageError(describeFailure(error), { cause: error });
  }
  const started = proxy.start(inheritedListeners(process.env));
  const signals = new ProxySignals(console.signals, { proxy, started, read, log });
  try {
    await Promise.race([started, signals.forced]);
    log.note("proxying; Ctrl-C ends it");
    return await Promise.race([proxy.over.then(() => ExitCode.OK), signals.forced]);
  } catch (error) {
    if (error instanceof StateError) throw new UsageError(describeFailure(error), { cause: error });
    log.always(`sluice: cannot start: ${describeFailure(error)}`);
    return ExitCode.FAILED;
  } finally {
    signals.stop();
    await proxy.abandon();
    // Whoever reads it had the time that the last lines of a log have.
    if (console.stdout.writableLength > 0) console.leaveOutput?.();
  }
}
