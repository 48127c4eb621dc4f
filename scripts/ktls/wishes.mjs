// What whoever starts the guest wants of it. Pure: what cannot be had is found out before anything is booted.

// A start of Node.js takes a second in the guest, and the tests start one for each file.
const defaultDeadlineSeconds = 600;
// An emulated machine needs half a second for each.
const defaultConnections = 100;

export const usage = `npm run test:ktls -- [--deadline SECONDS] [part of a test file's path]...
  --deadline SECONDS  after which the guest is killed; ${defaultDeadlineSeconds} unless it is given
  SLUICE_KTLS_CONNECTIONS=N  connections of the test that opens many; ${defaultConnections} unless it is given
See scripts/ktls/README.md.`;

/** A whole number of at least 1; undefined for anything else. */
function countIn(text) {
  return /^[1-9]\d*$/.test(text ?? "") ? Number(text) : undefined;
}

/**
 * Reads the arguments and the environment. Answers `{ deadlineSeconds, connections, filters }`, or `{ isHelpWanted }`, or
 * `{ complaint }`: the one line that says what is wrong. `files` are the paths of the tests that there are.
 */
export function readWishes(given, environment, files) {
  const wishes = { deadlineSeconds: defaultDeadlineSeconds, connections: defaultConnections, filters: [] };
  const left = [...given];
  while (left.length > 0) {
    const word = left.shift();
    if (word === "--help" || word === "-h") return { isHelpWanted: true };
    if (word === "--deadline") {
      wishes.deadlineSeconds = countIn(left.shift());
      if (wishes.deadlineSeconds === undefined)
        return { complaint: "--deadline takes a number of whole seconds, at least 1" };
    } else if (word.startsWith("-")) return { complaint: `there is no option ${word}; --help lists them` };
    else wishes.filters.push(word);
  }
  const { SLUICE_KTLS_CONNECTIONS: connections } = environment;
  if (connections !== undefined) wishes.connections = countIn(connections);
  if (wishes.connections === undefined) {
    const shown = JSON.stringify(connections);
    return { complaint: `SLUICE_KTLS_CONNECTIONS takes a whole number, at least 1, and not ${shown}` };
  }
  if (files.length === 0)
    return { complaint: "no test of the guest is compiled; npm run build:tests does it" };
  const lost = wishes.filters.find((filter) => !files.some((path) => path.includes(filter)));
  if (lost !== undefined) return { complaint: `no test file of the guest matches ${lost}` };
  return wishes;
}
