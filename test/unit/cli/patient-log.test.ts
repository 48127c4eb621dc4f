import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, test } from "node:test";
import { PlainView } from "#src/cli/connect/plain-view.js";
import { MAX_WAITING_BYTES, PatientLog } from "#src/cli/patient-log.js";

/** An output that nobody reads until `read` is called. */
class StalledOutput extends Writable {
  text = "";
  #isRead = false;
  #resume: () => void = () => {};

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    if (this.#isRead) done();
    else this.#resume = done;
  }

  read(): void {
    this.#isRead = true;
    this.#resume();
  }
}

describe("a log that is read slowly", () => {
  test("leaves lines out rather than keeping them, and says how many", async () => {
    const output = new StalledOutput();
    const log = new PatientLog(output);
    const line = "x".repeat(999);
    const count = (2 * MAX_WAITING_BYTES) / 1000;
    for (let i = 0; i < count; i++) log.detail(line);
    assert.ok(output.writableLength <= MAX_WAITING_BYTES + 1000, `${output.writableLength} bytes wait`);
    output.read();
    log.line("the end");
    output.end();
    await new Promise((resolve) => output.once("finish", resolve));
    const lines = output.text.trimEnd().split("\n");
    const shown = lines.filter((each) => each === line).length;
    const [, leftOut] = /^\* (\d+) lines left out: they are read too slowly$/.exec(lines.at(-2) ?? "") ?? [];
    assert.equal(shown + Number(leftOut), Math.ceil(count));
    assert.equal(lines.at(-1), "the end");
  });

  test("bounds what connect -v keeps of control frames, which come however slowly they are shown", () => {
    const stderr = new StalledOutput();
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done() });
    const flags = { isJson: false, isVerbose: true, isQuiet: false, hasNoColor: true, encoding: undefined };
    const view = new PlainView({ stdout, stderr, env: {} } as never, flags);
    for (let i = 0; i < 20_000; i++) view.detail("<", `ping "${"x".repeat(100)}"`);
    assert.ok(stderr.writableLength <= MAX_WAITING_BYTES + 1000, `${stderr.writableLength} bytes wait`);
  });
});
