import assert from "node:assert/strict";
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { claimInheritedFile, type Inheritance, noteInherited } from "#src/proxy/listening/inherited-file.js";

/** No process has so many. */
const FD = 1_000_000;

function newFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-inherited-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "proxy.sock");
  writeFileSync(path, "");
  return path;
}

describe("the file of a socket that was handed over", () => {
  test("is removed by who has taken over, and by nobody before that", (t) => {
    const path = newFile(t);
    const inheritance: Inheritance = { isTaken: false };
    noteInherited(FD, inheritance);
    const file = claimInheritedFile(FD, path);
    file?.remove();
    assert.ok(existsSync(path));
    inheritance.isTaken = true;
    file?.remove();
    assert.ok(!existsSync(path));
    file?.remove();
  });

  test("stays when it is another one by now, and is the same one under a name that was away", (t) => {
    const path = newFile(t);
    noteInherited(FD, { isTaken: true });
    const file = claimInheritedFile(FD, path);
    renameSync(path, `${path}.aside`);
    writeFileSync(path, "");
    file?.remove();
    assert.ok(existsSync(path));
    renameSync(`${path}.aside`, path);
    file?.remove();
    assert.ok(!existsSync(path));
  });

  test("is nobody's here when the socket came otherwise, or has been claimed before", (t) => {
    const path = newFile(t);
    assert.equal(claimInheritedFile(FD, path), undefined);
    noteInherited(FD, { isTaken: true });
    assert.notEqual(claimInheritedFile(FD, path), undefined);
    assert.equal(claimInheritedFile(FD, path), undefined);
  });

  test("is none where the name is abstract", () => {
    noteInherited(FD, { isTaken: true });
    claimInheritedFile(FD, "\0sluice")?.remove();
  });
});
