import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { readConfig } from "#src/cli/proxy/config/config-file.js";
import { newFolder, toldByLine } from "./config-folder.js";

function warningsOf(t: TestContext, text: string): string[] {
  const folder = newFolder(t, { "proxy.json": text });
  const { warnings } = readConfig(join(folder, "proxy.json"));
  return warnings.map((line) => line.replace(`${folder}/`, ""));
}

describe("a warning of a config file", () => {
  const why = "and there are no variables: it is sent as it stands; take it out unless that is meant";

  test("is about variables of nginx in the values of headers", (t) => {
    const told = warningsOf(
      t,
      `{ "listen": 1, "to": "ws://127.0.0.1:2",
        "responseHeaders": { "X-Host": "at \${host}!" },
        "routes": [{ "requestHeaders": { "X-Real-IP": "$remote_addr" } }] }`,
    );
    assert.deepEqual(told, [
      `proxy.json:2:40: warning: X-Host has "\${host}", ${why}`,
      `proxy.json:3:55: warning: X-Real-IP has "$remote_addr", ${why}`,
    ]);
  });

  test("is not about prices", (t) => {
    const headers = JSON.stringify({ a: "$5", b: "5$", c: "$", d: "$$", e: "$(x)", Server: null });
    assert.deepEqual(warningsOf(t, `{ "listen": 1, "to": "ws://a", "requestHeaders": ${headers} }`), []);
  });

  test("is no mistake, and is not told beside one", (t) => {
    const config = { listen: 1, to: 5, requestHeaders: { "X-Real-IP": "$remote_addr" } };
    const told = toldByLine(t, JSON.stringify(config));
    assert.equal(told.length, 1, told.join("\n"));
  });
});
