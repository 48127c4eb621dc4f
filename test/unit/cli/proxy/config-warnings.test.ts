import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toldByLine, warningsByLine, warningsOf } from "./config-folder.js";

describe("a warning of a config file", () => {
  const why = "and there are no variables: it is sent as it stands";
  const leaveOut = `${why}; take it out unless that is meant`;

  test("is about variables of nginx in the values of headers", (t) => {
    const told = warningsOf(
      t,
      `{ "listen": 1, "to": "ws://127.0.0.1:2",
        "responseHeaders": { "X-Host": "at \${host}!" },
        "routes": [{ "requestHeaders": { "X-Real-IP": "$remote_addr" } }] }`,
    );
    assert.deepEqual(told, [
      `proxy.json:2:40: warning: X-Host has "\${host}", ${leaveOut}`,
      `proxy.json:3:55: warning: X-Real-IP has "$remote_addr", ${why}; use "sendRealIp": true`,
    ]);
  });

  test("says what does the same, for a header of which the proxy knows", (t) => {
    const headers = {
      "x-forwarded-for": "$proxy_add_x_forwarded_for",
      "X-Forwarded-Proto": "$scheme",
      Host: "$http_host",
      "X-Port": "$remote_port",
    };
    const told = warningsByLine(
      t,
      `{ "listen": 1, "to": "ws://a", "requestHeaders": ${JSON.stringify(headers, null, 1)},
        "responseHeaders": { "X-Real-IP": "$remote_addr" } }`,
    );
    const done = 'take it out, for the proxy itself tells upstreams, by default: see "forwarded"';
    assert.deepEqual(told, [
      `2: x-forwarded-for has "$proxy_add_x_forwarded_for", ${why}; ${done}`,
      `3: X-Forwarded-Proto has "$scheme", ${why}; ${done}`,
      `4: Host has "$http_host", ${why}; take it out, for upstreams are told the host that the client asked for; "preserveHost": false is for their own`,
      `5: X-Port has "$remote_port", ${leaveOut}`,
      `7: X-Real-IP has "$remote_addr", ${leaveOut}`,
    ]);
  });

  test("is not about prices", (t) => {
    const headers = JSON.stringify({ a: "$5", b: "5$", c: "$", d: "$$", e: "$(x)", Server: null });
    assert.deepEqual(warningsOf(t, `{ "listen": 1, "to": "ws://a", "requestHeaders": ${headers} }`), []);
  });

  test("is about milliseconds that may be meant as seconds", (t) => {
    const told = warningsByLine(
      t,
      `{ "listen": 1, "to": "ws://a",
        "idleTimeoutMs": 60,
        "drain": { "timeoutMs": 10 },
        "health": { "active": { "intervalMs": 5 } },
        "connectTimeoutMs": 0.5 }`,
    );
    assert.deepEqual(told, [
      "2: idleTimeoutMs is 60, which is in milliseconds; write 60000 if seconds are meant",
      "3: timeoutMs is 10, which is in milliseconds; write 10000 if seconds are meant",
      "4: intervalMs is 5, which is in milliseconds; write 5000 if seconds are meant",
      "5: connectTimeoutMs is 0.5, which is in milliseconds; write 500 if seconds are meant",
    ]);
  });

  test("is not about times that can be meant", (t) => {
    const config = {
      listen: 1,
      to: "ws://a",
      idleTimeoutMs: 1000,
      connectTimeoutMs: 100,
      drain: { timeoutMs: 0, lingerMs: "none" },
      retries: 1,
    };
    assert.deepEqual(warningsByLine(t, JSON.stringify(config)), []);
  });

  test("is no mistake, and is not told beside one", (t) => {
    const config = { listen: 1, to: 5, requestHeaders: { "X-Real-IP": "$remote_addr" } };
    const told = toldByLine(t, JSON.stringify(config));
    assert.equal(told.length, 1, told.join("\n"));
  });
});
