import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { probe } from "sluice/uring";
import { listeningAt, listeningProblem } from "#src/cli/proxy/listening-failure.js";
import { createProxy } from "#src/proxy/index.js";
import { makeConfigFolder } from "../../../support/proxy-program.js";

const transports = probe().uring.isAvailable ? (["node", "uring"] as const) : (["node"] as const);

describe("a place where nothing can listen", () => {
  for (const [errno, port, problem] of [
    [
      "EACCES",
      80,
      "this user may not listen on a port so low (EACCES); take a higher one, or give the process CAP_NET_BIND_SERVICE",
    ],
    ["EACCES", 8080, undefined],
    [
      "ENOTFOUND",
      8080,
      "the name lokalhost has no address (ENOTFOUND); write it as it is known here, or an address in its place",
    ],
    ["EINVAL", 8080, undefined],
    [undefined, 8080, undefined],
  ] as const)
    test(`is told with what to do for ${errno} of port ${port}, or in the system's words`, () => {
      assert.equal(listeningProblem({ port, host: "lokalhost" }, errno), problem);
    });

  test("leaves what is no failure to listen as it is", async () => {
    const mistake = new TypeError("no list");
    await assert.rejects(
      listeningAt({ port: 1 }, "", () => Promise.reject(mistake)),
      (error) => error === mistake,
    );
  });

  for (const transport of transports) {
    test(`is told of an address that is not this machine's over ${transport}`, async (t) => {
      const proxy = createProxy({ to: "ws://127.0.0.1:1", transport });
      t.after(() => proxy.close({ timeoutMs: 0 }));
      // RFC 5737: an address of the documentation's, which no machine has.
      const place = { port: 8080, host: "192.0.2.1" };
      await assert.rejects(
        listeningAt(place, "", () => proxy.listen(place)),
        {
          code: "IO_FAILED",
          errno: "EADDRNOTAVAIL",
          message:
            "cannot listen on 192.0.2.1:8080: 192.0.2.1 is no address of this machine (EADDRNOTAVAIL); take one that it has, 127.0.0.1 for this machine alone, or 0.0.0.0 for all of them",
        },
      );
    });

    test(`is told of a unix socket without a folder, and of a file in its place, over ${transport}`, async (t) => {
      const folder = makeConfigFolder(t, {});
      const proxy = createProxy({ to: "ws://127.0.0.1:1", transport });
      t.after(() => proxy.close({ timeoutMs: 0 }));
      const lost = { path: join(folder.path("gone"), "proxy.sock") };
      await assert.rejects(
        listeningAt(lost, "", () => proxy.listen(lost)),
        ({ message }: Error) =>
          /^cannot listen on unix:\S+: there is no folder \S+gone \((EACCES|ENOENT)\); make it, or take another$/.test(
            message,
          ),
      );
      const kept = { path: folder.path("proxy.sock") };
      writeFileSync(kept.path, "");
      await assert.rejects(
        listeningAt(kept, "", () => proxy.listen(kept)),
        {
          code: "ADDRESS_IN_USE",
          message: `cannot listen on unix:${kept.path}: the file is there already (EADDRINUSE); end what listens there, or remove the file if nothing does`,
        },
      );
    });
  }
});
