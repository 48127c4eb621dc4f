import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { sharedReadBuffer } from "#src/host/index.js";
import { projectPath } from "../../support/paths.js";

describe("unmask module", () => {
  test("is what unmask.wat assembles to", () => {
    execFileSync(process.execPath, [projectPath("scripts/assemble-unmask.mjs"), "--check"]);
  });

  test("brings 256 KiB of memory that transports read into", () => {
    assert.equal(sharedReadBuffer.length, 262_144);
    assert.equal(sharedReadBuffer.byteOffset, 0);
    assert.equal(sharedReadBuffer.buffer.byteLength, 262_144);
  });
});
