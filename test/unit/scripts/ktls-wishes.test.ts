import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { projectPath } from "../../support/paths.js";

interface WishesModule {
  readWishes(given: readonly string[], environment: object, files: readonly string[]): object;
}

const { readWishes }: WishesModule = await import(projectPath("scripts/ktls/wishes.mjs"));
const files = ["build/test/ktls/guest.test.js", "build/test/ktls/many.test.js"];

function read(given: string, connections?: string): object {
  const environment = connections === undefined ? {} : { SLUICE_KTLS_CONNECTIONS: connections };
  return readWishes(given === "" ? [] : given.split(" "), environment, files);
}

describe("what is wanted of the guest", () => {
  test("is everything within ten minutes, unless it is said", () => {
    assert.deepEqual(read(""), { deadlineSeconds: 600, connections: 100, filters: [] });
  });

  test("is what was said, in any order", () => {
    const expected = { deadlineSeconds: 60, connections: 7, filters: ["guest", "ktls/many"] };
    assert.deepEqual(read("guest --deadline 60 ktls/many", "7"), expected);
  });

  test("is help, whatever stands before or behind", () => {
    for (const given of ["--help", "-h", "guest --help --bogus"])
      assert.deepEqual(read(given), { isHelpWanted: true });
  });

  test("cannot be a deadline of nothing", () => {
    const complaint = "--deadline takes a number of whole seconds, at least 1";
    for (const deadline of ["", " soon", " 0", " -1", " 1.5", " 1e3", " --help"])
      assert.deepEqual(read(`--deadline${deadline}`), { complaint }, deadline);
  });

  test("cannot be an option that there is none of", () => {
    assert.deepEqual(read("guest --bogus"), { complaint: "there is no option --bogus; --help lists them" });
  });

  test("cannot be a test that there is none of", () => {
    assert.deepEqual(read("guest nosuchtest"), { complaint: "no test file of the guest matches nosuchtest" });
    const complaint = "no test of the guest is compiled; npm run build:tests does it";
    assert.deepEqual(readWishes([], {}, []), { complaint });
  });

  test("cannot be a number of connections that is none", () => {
    for (const connections of ["", "0", "-1", "1.5", "many"]) {
      const shown = JSON.stringify(connections);
      const complaint = `SLUICE_KTLS_CONNECTIONS takes a whole number, at least 1, and not ${shown}`;
      assert.deepEqual(read("", connections), { complaint });
    }
  });
});
