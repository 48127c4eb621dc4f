// What a run in the guest amounts to, judged from how qemu ended and from what was printed on the guest's console.
// Pure: no process is started and no file is read here. Only one way of ending is a success; whatever is not known
// to be that one is a failure with a sentence that says what it was.

/** With what the command ends. 2 is a wrong use of the command, 3 that something it needs is not there. */
export const exitCodes = { passed: 0, testsFailed: 1, usage: 2, missing: 3, machineFailed: 4, late: 5 };

// What scripts/ktls/init ends qemu with.
const passedInGuest = 85;
const failedInGuest = 87;
const gaveUpInGuest = 89;

const counted = ["tests", "pass", "fail", "cancelled", "skipped", "todo"];
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's colors begin with one
const colors = /\u001b\[[0-9;]*m/g;

/** The runner's own count, the last one on the console; undefined when there is none that is whole. */
export function readCount(text) {
  let count = {};
  for (const line of text.replace(colors, "").split(/\r?\n/)) {
    const found = /^ℹ (\w+) (\d+)$/.exec(line);
    // A count begins with this line; what an earlier one held says nothing about it.
    if (found?.[1] === "tests") count = {};
    if (found !== null && counted.includes(found[1])) count[found[1]] = Number(found[2]);
  }
  return counted.every((name) => name in count) ? count : undefined;
}

function describeCount({ tests, pass, fail, cancelled, skipped, todo }) {
  return `of ${tests} tests ${pass} passed, ${fail} failed, ${cancelled} were cancelled, ${skipped} skipped, ${todo} left to do`;
}

function machineFailed(sentence) {
  return { exitCode: exitCodes.machineFailed, sentence };
}

function testsFailed(sentence) {
  return { exitCode: exitCodes.testsFailed, sentence };
}

/** What the guest reached, when it ended by one of its own codes. */
function judgeTests(code, text) {
  const count = readCount(text);
  if (count === undefined) return testsFailed("the tests ended without the runner's count");
  if (count.tests === 0) return testsFailed("no test ran");
  const isClean =
    count.pass === count.tests && count.fail + count.cancelled + count.skipped + count.todo === 0;
  if (!isClean) return testsFailed(describeCount(count));
  if (code !== passedInGuest) return testsFailed(`${describeCount(count)}, and yet the runner failed`);
  return { exitCode: exitCodes.passed, sentence: `all ${count.tests} tests passed` };
}

/**
 * `ending` is `{ code, signal, isLate, deadlineSeconds, error }`: how qemu ended, whether because its time was over,
 * and why it could not be started. `text` is everything it printed.
 */
export function judge({ code, signal, isLate, deadlineSeconds, error }, text) {
  if (error !== undefined) return machineFailed(`qemu could not be started: ${error}`);
  const panic = /Kernel panic[^\r\n]*/.exec(text)?.[0];
  if (panic !== undefined) return machineFailed(`the guest's kernel gave up: ${panic}`);
  if (isLate) {
    return {
      exitCode: exitCodes.late,
      sentence: `the guest was not done after ${deadlineSeconds} s, and qemu was killed`,
    };
  }
  if (signal) return machineFailed(`qemu was ended by ${signal}`);
  if (code === passedInGuest || code === failedInGuest) return judgeTests(code, text);
  if (code === gaveUpInGuest) {
    const reason = /^guest: error: ([^\r\n]*)/m.exec(text)?.[1];
    return machineFailed(`the guest could not begin: ${reason ?? "it did not say why"}`);
  }
  if (code === 0) return machineFailed("the guest ended without saying how the tests went");
  return machineFailed(`qemu failed with exit code ${code}`);
}
