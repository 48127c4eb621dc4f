import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileWords } from "#src/cli/proxy/config/file-words.js";
import { flagWords } from "#src/cli/proxy/flag-words.js";
import { codeWords, type Told, tell } from "#src/proxy/words.js";

describe("what is told of an option", () => {
  const inspect: Told = ({ setting }) => `write ${setting("mode", "inspect")}, or leave it out`;
  const prefix: Told = ({ place, setting }) =>
    `${place("pathPrefix")} is wrong; write ${setting("pathPrefix", "/x")}`;
  const headers: Told = ({ setting }) => setting("requestHeaders", { Authorization: "x", "X-A": [1, null] });
  const key: Told = ({ place, option }) =>
    `${place("to[1].tls.passphrase")} is wrong; see ${option("passphrase")}`;

  test("is said in words of code", () => {
    assert.equal(tell("as it is", codeWords), "as it is");
    assert.equal(tell(inspect, codeWords), 'write mode: "inspect", or leave it out');
    assert.equal(tell(prefix, codeWords), 'pathPrefix is wrong; write pathPrefix: "/x"');
    assert.equal(tell(headers, codeWords), 'requestHeaders: { Authorization: "x", "X-A": [1, null] }');
    assert.equal(tell(key, codeWords), "to[1].tls.passphrase is wrong; see passphrase");
  });

  test("is said in words of a config file, in JSON", () => {
    assert.equal(tell(inspect, fileWords), 'write "mode": "inspect", or leave it out');
    assert.equal(tell(headers, fileWords), '"requestHeaders": { "Authorization": "x", "X-A": [1, null] }');
    assert.equal(tell(key, fileWords), 'to[1].tls.passphraseFile is wrong; see "passphraseFile"');
  });

  test("is said in words of the command line, and of a file where there is no flag", () => {
    assert.equal(tell(prefix, flagWords), '--path-prefix is wrong; write --path-prefix "/x"');
    assert.equal(tell(inspect, flagWords), 'write --mode "inspect", or leave it out');
    const networks: Told = ({ setting }) => setting("trustedProxies", ["::1", "::2"]);
    assert.equal(tell(networks, flagWords), '--trusted-proxy "::1" --trusted-proxy "::2"');
    assert.match(tell(headers, flagWords), /^"requestHeaders": \{ .* \} in a config file$/);
  });
});
