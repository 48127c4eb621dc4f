// node scripts/check-text.mjs [project folder]
//
// What no file of the repository may hold: unfinished work, compiler rules switched off, traces of one person's
// machine, and addresses in a lock file that only one machine can reach. Reads what git tracks or would track.
// Prints one line per finding and exits with 1 if there is one.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const textFiles = /(?:\.(?:[cm]?[jt]s|json|md|html|css|ya?ml|sh|py|c|h|wat|txt)|\/run)$/;
const codeFiles = /\.[cm]?[jt]s$/;
const lockFiles = /(?:^|\/)package-lock\.json$/;
const self = "scripts/check-text.mjs";

const rules = [
  { in: textFiles, text: /^(?:<{7}|>{7}|={7}$)/, fault: "a merge conflict is unresolved" },
  { in: textFiles, text: /\b(?:TODO|FIXME|XXX|HACK)\b/, fault: "work is left undone" },
  { in: textFiles, text: /(?<![\w.:/])\/(?:home|Users|root|work)\//, fault: "a path of one machine" },
  { in: codeFiles, text: /@ts-(?:ignore|nocheck|expect-error)/, fault: "a compiler rule is switched off" },
  {
    in: codeFiles,
    text: /\b(?:test|it|describe|suite)\.(?:only|skip|todo)\b/,
    fault: "a test is switched off",
  },
  { in: lockFiles, text: /"resolved": "(?!\.)/, fault: "a lock file names the server a package came from" },
];

/** Every finding below `root`, as "path:line: what is wrong". */
export function checkText(root) {
  const listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const paths = execFileSync("git", listed, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })
    .split("\0")
    .filter((path) => path !== "" && path !== self && existsSync(join(root, path)));
  return [...new Set(paths)].sort().flatMap((path) => checkFile(root, path));
}

function checkFile(root, path) {
  const applying = rules.filter((rule) => rule.in.test(path));
  if (applying.length === 0) return [];
  return readFileSync(join(root, path), "utf8")
    .split("\n")
    .flatMap((line, index) =>
      applying.filter((rule) => rule.text.test(line)).map((rule) => `${path}:${index + 1}: ${rule.fault}`),
    );
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === resolve(process.argv[1])) {
  const root = process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url));
  const findings = checkText(resolve(root));
  for (const finding of findings) console.log(finding);
  if (findings.length > 0) process.exitCode = 1;
}
