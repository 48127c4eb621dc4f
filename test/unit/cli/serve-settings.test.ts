import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { readSettings } from "#src/cli/serve/serve-settings.js";
import { makeCertificates } from "../../support/certificates.js";

const { server } = makeCertificates();

/** A file with this content. */
function newFile(t: TestContext, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-settings-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "file.pem");
  writeFileSync(path, content);
  return path;
}

describe("the flags of sluice serve", () => {
  test("ask for the key of a certificate, unless the certificate's file holds it", (t) => {
    const cert = newFile(t, `${server.cert}`);
    assert.throws(() => readSettings({ cert }), {
      message: "--cert needs --key, the key of the certificate",
    });
    const both = `${server.cert}\n${server.key}`;
    const { options } = readSettings({ cert: newFile(t, both) });
    assert.deepEqual(options.tls, { cert: both, key: both, passphrase: undefined });
  });

  test("take the key's passphrase from a file", (t) => {
    const given = { cert: newFile(t, `${server.cert}`), key: newFile(t, `${server.key}`) };
    const { options } = readSettings({ ...given, "passphrase-file": newFile(t, "open sesame\n") });
    assert.equal(options.tls?.passphrase, "open sesame");
  });
});
