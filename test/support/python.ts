// Python's `websockets`, an implementation that shares nothing with ours.

import { hasTool, type OutsideProcess, startProcess, type TestContext } from "./outside-process.js";
import { projectPath } from "./paths.js";

/** Debian's own, which finds the packages that Debian installs. */
const python = "/usr/bin/python3";

export function hasPythonWebsockets(t: TestContext): boolean {
  return hasTool(t, python, ["-c", "import websockets"]);
}

/** Runs a script of test/fixtures. */
export function startPython(t: TestContext, script: string, ...args: string[]): OutsideProcess {
  return startProcess(t, python, ["-u", projectPath("test/fixtures", script), ...args]);
}
