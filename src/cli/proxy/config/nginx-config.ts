// What people bring who have a config of nginx: the whole of it, or names that stand around its servers.

import { type Hints, use, useAs } from "../../../proxy/index.js";
import type { PlacedMistake } from "./mistakes.js";

const noBlock = "there are no blocks of servers; write what is in it here";

export const nginxFileHints: Hints = {
  http: noBlock,
  stream: noBlock,
  events: "there is nothing to say about it; take it out",
  include: "one file has all of it; write what is in the other here",
  error_log: "what goes wrong is told on standard error; take it out",
  access_log: useAs("accessLog", "access.log"),
  log_format: ({ setting }) =>
    `use ${setting("accessLog", "access.log")}, which is in JSON and no other format`,
  worker_processes: ({ setting }) =>
    `it is one process on one core; start several, with ${setting("reusePort", true)} at their listeners`,
  worker_shutdown_timeout: useAs("drain", { timeoutMs: 10_000 }),
  user: "it runs as whoever starts it; take it out",
  pid: "use the flag --pid-file",
  daemon: "it stays in the foreground, for a supervisor; take it out",
  stub_status: use("admin"),
};

const space = /^\ufeff?(?:\s|#[^\n]*)*/;

/** The first directive: a name that is one of nginx, what it is given, and a block or a semicolon. */
const directive =
  /^(?:user|pid|env|daemon|include|load_module|events|http|stream|mail|server|upstream|location|map|geo|types|listen|root|return|gzip|sendfile|default_type|server_name|access_log|error_log|log_format|(?:worker|proxy|ssl|limit|client|keepalive)_\w+)(?:\s+[^\s{};]+)*\s*[{;]/;

/** What is wrong with a text that is in nginx's language; undefined for any other. */
export function nginxMistake(text: string): PlacedMistake | undefined {
  const [before] = space.exec(text) ?? [""];
  if (!directive.test(text.slice(before.length))) return undefined;
  const lines = before.split("\n");
  return {
    place: { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 },
    text: "this is a config of nginx; write one in JSON, as docs/migrating-from-nginx.md shows",
  };
}
