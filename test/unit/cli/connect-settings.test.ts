import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseCommand } from "#src/cli/command-line.js";
import { connectCommand } from "#src/cli/connect/connect-command.js";
import { readSettings, type SessionSettings } from "#src/cli/connect/connect-settings.js";

function settingsOf(...args: string[]): SessionSettings {
  const parsed = parseCommand(connectCommand, [":1", ...args]);
  return readSettings({ ...parsed, console: undefined as never });
}

describe("the flags of sluice connect", () => {
  test("take the passphrase from a file, without the line feed that editors add", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-flags-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "passphrase");
    writeFileSync(file, " open sesame \n");
    assert.deepEqual(settingsOf("--passphrase-file", file).options.tls, { passphrase: " open sesame " });
    assert.deepEqual(settingsOf("--passphrase", "x").options.tls, { passphrase: "x" });
  });

  test("leave the library's defaults when there are none", () => {
    const { options, waitMs, encoding, firstMessages } = settingsOf();
    assert.deepEqual(firstMessages, []);
    assert.equal(waitMs, 0);
    assert.equal(encoding, undefined);
    assert.equal(options.compression, true);
    assert.equal(options.tls, undefined);
    assert.equal(options.maxMessageBytes, undefined);
  });

  test("become options of connect", () => {
    const { options } = settingsOf(
      ...["-s", "a", "--subprotocol", "b", "-H", "X-One: 1 : 2", "-H", "X-Two:", "-A", "me", "-u", "ada:b:c"],
      ...["--max-bytes", "16M", "-L", "3", "--connect-timeout", "0.5", "--transport", "node", "-k"],
      ...["--compression", "-o", "https://example.com", "--proxy", "env", "--servername", "b.test"],
    );
    assert.deepEqual(options.protocols, ["a", "b"]);
    assert.deepEqual(options.headers, [
      ["X-One", "1 : 2"],
      ["X-Two", ""],
      ["User-Agent", "me"],
      ["Authorization", "Basic YWRhOmI6Yw=="],
    ]);
    assert.equal(options.maxMessageBytes, 16 * 2 ** 20);
    assert.equal(options.followRedirects, 3);
    assert.equal(options.handshakeTimeoutMs, 500);
    assert.equal(options.transport, "node");
    assert.deepEqual(options.tls, { servername: "b.test", rejectUnauthorized: false });
    assert.deepEqual(options.compression, { thresholdBytes: 0 });
    assert.equal(options.origin, "https://example.com");
    assert.equal(options.proxy, "env");
  });

  test("read certificates from files, and take a key that lies in the same one", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-flags-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const both = "-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n";
    writeFileSync(join(folder, "both.pem"), both);
    const { options } = settingsOf("--cert", join(folder, "both.pem"), "--ca", join(folder, "both.pem"));
    assert.deepEqual(options.tls, { ca: both, cert: both, key: both });
  });

  for (const [args, problem] of [
    [["--wait", "soon"], '--wait is "soon"; it takes seconds, such as 5 or 0.5'],
    [["--wait", "0"], '--wait is "0"; it takes seconds, such as 5 or 0.5'],
    [["--ping", "1e9"], '--ping is "1e9"; it takes seconds, such as 5 or 0.5'],
    [["--max-bytes", "-1"], /--max-bytes/],
    [["--max-bytes", "10x"], '--max-bytes is "10x"; it takes bytes, such as 65536, 64k or 16M'],
    [["-L", "1.5"], '--follow-redirects is "1.5"; it takes a whole number from 0 to 100'],
    [["--encoding", "utf8"], '--encoding is "utf8"; it takes raw, hex, base64'],
    [["--transport", "quic"], '--transport is "quic"; it takes auto, node, uring'],
    [["-H", "nothing"], "--header \"nothing\" has no colon; it takes 'NAME: VALUE'"],
    [["-u", "ada"], "--auth has no colon; it takes USER:PASSWORD"],
    [
      ["--ca", "/nowhere/ca.pem"],
      '--ca "/nowhere/ca.pem" cannot be read: there is no file /nowhere/ca.pem (ENOENT)',
    ],
    [["--ca", "/dev/null"], '--ca "/dev/null" is no PEM file, for it has no "-----BEGIN"'],
    [["--cert", "/dev/null"], '--cert "/dev/null" is no PEM file, for it has no "-----BEGIN"'],
    [
      ["--passphrase", "x", "--passphrase-file", "/dev/null"],
      "--passphrase and --passphrase-file cannot both be; leave one of them out",
    ],
    [["--key", "/dev/null"], "--key needs --cert, the certificate it is for"],
    [
      ["--compression", "--no-compression"],
      "--compression and --no-compression cannot both be; leave one of them out",
    ],
    [["-q", "-v"], "--quiet and --verbose cannot both be; leave one of them out"],
    [["--wiat", "5"], "--wiat is no flag of sluice connect; did you mean --wait?"],
    [["-x", "-1"], "-x needs a value; one that begins with a dash is given as --execute=-…"],
    [["--wait", "-1"], "--wait needs a value; one that begins with a dash is given as --wait=-…"],
    [["--max-bytes"], /--max-bytes.*; see sluice connect --help$/],
    [["another"], 'sluice connect takes URL, and "another" is too much'],
  ] as const) {
    test(`${args.join(" ")} is a mistake that is told in one line`, () => {
      assert.throws(() => settingsOf(...args), { message: problem });
    });
  }
});
