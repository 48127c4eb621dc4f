// Names below localhost lead to this machine, whoever answers DNS here (RFC 6761 §6.3).

import assert from "node:assert/strict";
import type { LookupFunction } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, test } from "node:test";
import { connect, createServer, HttpClient } from "sluice";
import { probe } from "sluice/uring";
import { runSluice } from "../support/command-line.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";

const transports = probe().uring.isAvailable ? (["node", "uring"] as const) : (["node"] as const);
const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);

describe("a name below localhost", () => {
  for (const transport of transports) {
    test(`leads to this machine over ${transport}, by IPv4 and by IPv6`, async (t) => {
      for (const host of hasIPv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"]) {
        const server = createServer(echo);
        t.after(() => server.close({ timeoutMs: 0 }));
        const { port } = await server.listen({ port: 0, host });
        for (const name of ["one.localhost", "a.b.LOCALHOST", "one.localhost."]) {
          const ws = await connect(`ws://${name}:${port}`, { transport });
          ws.send(name);
          assert.equal(await nextMessage(ws), name);
          await ws.close();
        }
      }
    });

    test(`is looked up over ${transport} by whoever says how`, async (t) => {
      const { port } = await startServer(t, echo);
      const asked: string[] = [];
      const lookup: LookupFunction = (host, _options, done) => {
        asked.push(host);
        done(null, [{ address: "127.0.0.1", family: 4 }]);
      };
      await (await connect(`ws://one.localhost:${port}`, { transport, lookup })).close();
      assert.deepEqual(asked, ["one.localhost"]);
    });
  }

  test("says where nobody listens", async (t) => {
    const server = createServer(echo);
    t.after(() => server.close());
    const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
    await server.close();
    await assert.rejects(connect(`ws://one.localhost:${port}`), {
      code: "CONNECTION_REFUSED",
      message: new RegExp(`127\\.0\\.0\\.1:${port}`),
    });
  });

  test("is found by sluice connect and by HttpClient", async (t) => {
    const { port } = await startServer(t, { ...echo, request: () => ({ body: "here" }) });
    const args = ["connect", `ws://one.localhost:${port}`, "--once", "-x", "hello"];
    const { exitCode, stdout, stderr } = await runSluice(t, args);
    assert.deepEqual([exitCode, stdout], [0, "hello\n"], stderr);
    const response = await new HttpClient().request(`http://two.localhost:${port}/`);
    assert.equal(await response.text(), "here");
  });
});
