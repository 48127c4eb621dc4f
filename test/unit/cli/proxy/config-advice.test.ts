import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toldByLine } from "./config-folder.js";

describe("a config file is told what to write where", () => {
  for (const [what, text, expected] of [
    [
      "a route has what is the same for all",
      `{ "listen": 1, "routes": [{ "to": "ws://a",
        "sendRealIp": true,
        "admin": 9090
      }] }`,
      [
        '2: "sendRealIp" means nothing in a route; write it beside "routes"',
        '3: "admin" means nothing in a route; write it beside "routes"',
      ],
    ],
    [
      "health has what stands in one of its two parts",
      `{ "listen": 1, "to": "ws://a", "health": {
        "path": "/healthz",
        "intervalMs": 1000,
        "maxFailures": 1,
        "max_fails": 1
      } }`,
      [
        '2: "path" means nothing in health; write { "active": { "path": "/healthz" } }',
        '3: "intervalMs" means nothing in health; use "active": { "intervalMs": 5000 }',
        '4: "maxFailures" means nothing in health; use "passive": { "maxFailures": 3 }',
        '5: "max_fails" means nothing in health; use "passive": { "maxFailures": 3 }',
      ],
    ],
    [
      "a number is a text, with a unit or without",
      `{ "listen": 1, "to": { "url": "ws://a", "weight": "2" },
        "idleTimeoutMs": "60s",
        "maxHeadBytes": "16k",
        "drain": { "timeoutMs": "1.5 min" },
        "maxHeaders": "5k",
        "retries": "1.5",
        "redirectToHttps": { "status": "301" },
        "requestTimeoutMs": "30d",
        "sendProxyProtocol": "3"
      }`,
      [
        '1: weight is "2"; write 2',
        '2: idleTimeoutMs is "60s"; write 60000',
        '3: maxHeadBytes is "16k"; write 16384',
        '4: timeoutMs is "1.5 min"; write 90000',
        '5: maxHeaders is "5k"; write a whole number of at least 1',
        '6: retries is "1.5"; write a whole number of at least 0',
        '7: status is "301"; write 301',
        '8: requestTimeoutMs is "30d"; write a number from 0 to 2147483647',
        '9: sendProxyProtocol is "3"; write 1 or 2',
      ],
    ],
  ] as const) {
    test(what, (t) => {
      assert.deepEqual(toldByLine(t, text), expected);
    });
  }
});
