import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { describe, test } from "node:test";
import { probe } from "sluice/uring";
import { checkTransport, createDialer, createListener, type TransportChoice } from "#src/carrier/index.js";
import { SocketListener, socketDialer, TransportError } from "#src/transport/index.js";
import { ringLoop, UringDialer, UringListener } from "#src/uring/index.js";
import { projectPath } from "../../support/paths.js";
import { openDescriptors } from "../../support/process-state.js";

const sink = { accepted() {}, failed() {} };

interface Outcome {
  readonly listening: unknown;
  readonly dialling: unknown;
  readonly isAddonLoaded: boolean;
}

interface Outcomes extends Record<"node" | "auto" | "uring" | "carrier pigeon", Outcome> {
  readonly probe: ReturnType<typeof probe>;
}

/** What a fixture prints in another process, where nothing is chosen beside what is given. */
function printedBy(fixture: string, environment: Record<string, string>): unknown {
  const { SLUICE_TRANSPORT: _chosen, SLUICE_ADDON: _ours, ...env } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, [projectPath("test/fixtures", fixture)], {
    encoding: "utf8",
    env: { ...env, ...environment },
  });
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

function demanded(reason: string): ReturnType<typeof refusal> {
  return refusal(reason, "SLUICE_TRANSPORT=uring");
}

/** What becomes of each choice: see the fixture. */
function outcomes(environment: Record<string, string>): Outcomes {
  return printedBy("uring-choices.mjs", environment) as Outcomes;
}

function refusal(
  reason: string,
  demand = 'transport "uring"',
): { name: string; code: string; message: string } {
  const message = `${demand} is not available: ${reason}`;
  return { name: "TransportError", code: "UNSUPPORTED_TRANSPORT", message };
}

describe("a choice of a transport", () => {
  test("that is none is refused with those that there are", () => {
    for (const [choice, shown] of [
      ["pigeon", '"pigeon"'],
      ["", '""'],
      [undefined, "undefined"],
      [7, "7"],
    ]) {
      assert.throws(() => checkTransport(choice as TransportChoice), {
        name: "StateError",
        code: "INVALID_ARGUMENT",
        message: `transport is ${shown}; it takes "auto", "node" or "uring"`,
      });
    }
  });

  test("of Node's sockets needs nothing, and none is refused where there is no ring", () => {
    checkTransport("node");
    checkTransport("auto");
    assert.ok(createListener("node", sink) instanceof SocketListener);
    assert.equal(createDialer("node"), socketDialer);
  });

  test("of the ring is met where there is one, and refused with the reason where there is none", () => {
    const loop = ringLoop();
    if (typeof loop === "string") {
      const isRefusal = (error: unknown): boolean =>
        error instanceof TransportError && error.message.endsWith(`not available: ${loop}`);
      assert.throws(() => checkTransport("uring"), isRefusal);
      assert.throws(() => createListener("uring", sink), isRefusal);
      assert.throws(() => createDialer("uring"), isRefusal);
      return;
    }
    checkTransport("uring");
    assert.ok(createListener("uring", sink) instanceof UringListener);
    assert.ok(createDialer("uring") instanceof UringDialer);
  });

  test("reaches servers and clients, and loads the addon only when the ring is wanted", () => {
    const { uring, node, auto, "carrier pigeon": pigeon, probe: said } = outcomes({});
    assert.deepEqual(node, { listening: "node", dialling: "node", isAddonLoaded: false });
    const chosen = said.uring.isAvailable ? "uring" : "node";
    assert.deepEqual([auto.listening, auto.dialling], [chosen, chosen]);
    const expected = said.uring.isAvailable ? "uring" : refusal(said.uring.reason ?? "");
    assert.deepEqual([uring.listening, uring.dialling], [expected, expected]);
    assert.deepEqual(pigeon.listening, pigeon.dialling);
    assert.match((pigeon.dialling as Error).message, /^transport is "carrier pigeon"; it takes /);
  });

  test("that is left to us is Node's sockets under TLS, and where there is no ring", (t) => {
    const { SLUICE_TRANSPORT: wish } = process.env;
    t.after(() => {
      process.env.SLUICE_TRANSPORT = wish ?? "";
    });
    process.env.SLUICE_TRANSPORT = "";
    assert.ok(createListener("auto", sink, false) instanceof SocketListener);
    assert.ok(createListener(undefined, sink, false) instanceof SocketListener);
    const hasRing = typeof ringLoop() !== "string";
    assert.equal(createListener("auto", sink) instanceof UringListener, hasRing);
    const { auto } = outcomes({ SLUICE_ADDON: projectPath("native/build/nothing.node") });
    assert.deepEqual(auto, { listening: "node", dialling: "node", isAddonLoaded: false });
  });

  test("of the ring by the environment is a demand, of all that make no choice themselves", () => {
    const { auto, node, probe: said } = outcomes({ SLUICE_TRANSPORT: "uring" });
    const expected = said.uring.isAvailable ? "uring" : demanded(said.uring.reason ?? "");
    assert.deepEqual([auto.listening, auto.dialling], [expected, expected]);
    assert.deepEqual([node.listening, node.dialling], ["node", "node"]);
  });

  test("by the environment that is none is refused with those that there are, by whoever would ask it", () => {
    const { auto, node } = outcomes({ SLUICE_TRANSPORT: "io_uring" });
    const refused = {
      name: "TransportError",
      code: "UNSUPPORTED_TRANSPORT",
      message: 'SLUICE_TRANSPORT=io_uring is not known; "auto", "node", "uring" are',
    };
    assert.deepEqual([auto.listening, auto.dialling], [refused, refused]);
    assert.deepEqual([node.listening, node.dialling], ["node", "node"]);
  });

  test("by the environment that says nothing is as if there were none", () => {
    for (const SLUICE_TRANSPORT of ["", "auto"]) {
      const { auto } = outcomes({ SLUICE_TRANSPORT });
      const { auto: expected } = outcomes({});
      assert.deepEqual(auto, expected);
    }
  });

  test("is Node's sockets for servers in workers of a cluster, which share a port, unless a ring is demanded", () => {
    const environments: Record<string, string>[] = [{}];
    if (probe().uring.isAvailable) environments.push({ SLUICE_TRANSPORT: "uring" });
    for (const environment of environments) {
      const { ports, kinds } = printedBy("uring-cluster.mjs", environment) as {
        ports: [number, number];
        kinds: string[];
      };
      assert.equal(ports[0], ports[1]);
      assert.deepEqual(new Set(kinds), new Set(["node"]));
    }
  });

  const platform = process.platform;
  const isElsewhere = platform !== "linux" ? `io_uring is Linux's; this is ${platform}` : undefined;

  /** Another addon is named, in a process that wishes for the ring and in one whose environment demands it. */
  function refusedWith(addon: string): string {
    const { uring, auto, probe: said } = outcomes({ SLUICE_ADDON: addon });
    const reason = said.uring.reason ?? "";
    assert.equal(said.uring.isAvailable, false);
    assert.deepEqual([uring.listening, uring.dialling], [refusal(reason), refusal(reason)]);
    assert.deepEqual([auto.listening, auto.dialling], ["node", "node"], "a wish falls back");
    const { auto: told, node } = outcomes({ SLUICE_ADDON: addon, SLUICE_TRANSPORT: "uring" });
    assert.deepEqual([told.listening, told.dialling], [demanded(reason), demanded(reason)]);
    assert.deepEqual([node.listening, node.dialling], ["node", "node"]);
    return reason;
  }

  test("of the ring says so when the addon that is named is not there", () => {
    const path = projectPath("native/build/nothing.node");
    const reason = refusedWith(relative(".", path));
    assert.equal(reason, isElsewhere ?? `the native addon that SLUICE_ADDON names, ${path}, does not exist`);
  });

  test("of the ring says so when the addon that is named cannot be loaded, or is another module", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-addon-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    for (const [name, content, expected] of [
      ["sluice.node", "this is no addon", "cannot be loaded: "],
      ["throws.cjs", "throw undefined", "cannot be loaded: undefined"],
      ["requires.cjs", 'require("./nothing.cjs")', "cannot be loaded: Cannot find module"],
      ["empty.cjs", "", "is not Sluice's, or one of another version"],
      ["nothing.cjs", "module.exports = null", "is not Sluice's, or one of another version"],
      ["older.cjs", "exports.ringSetup = () => -1", "is not Sluice's, or one of another version"],
    ]) {
      const path = join(folder, name);
      writeFileSync(path, content);
      const reason = isElsewhere ?? `the native addon that SLUICE_ADDON names, ${path}, ${expected}`;
      const said = refusedWith(path);
      assert.ok(said.startsWith(reason), said);
      rmSync(path);
    }
  });
});

describe("probe", () => {
  test("says what the machine is, and of each offer that it is there or why not", () => {
    const said = probe();
    assert.equal(said.platform, process.platform);
    assert.equal(said.kernel, release());
    for (const { isAvailable, reason } of [said.uring, said.kernelTls])
      assert.equal(isAvailable, reason === undefined);
  });

  test("says of the ring what asking for one says", () => {
    const loop = ringLoop();
    const expected =
      typeof loop === "string"
        ? { isAvailable: false, reason: loop }
        : { isAvailable: true, reason: undefined };
    for (let i = 0; i < 3; i++) assert.deepEqual(probe().uring, expected);
  });

  test("says of kernel TLS what the kernel lists", () => {
    const { kernelTls } = probe();
    if (process.platform !== "linux") {
      assert.equal(kernelTls.reason, `kernel TLS is Linux's; this is ${process.platform}`);
      return;
    }
    if (typeof ringLoop() === "string") return;
    // The list is that of the first network namespace; a container has none.
    const file = "/proc/sys/net/ipv4/tcp_available_ulp";
    if (existsSync(file))
      assert.equal(kernelTls.isAvailable, readFileSync(file, "utf8").trim().split(" ").includes("tls"));
    if (!kernelTls.isAvailable) assert.match(kernelTls.reason ?? "", /tls/i);
  });

  test("leaves no descriptor behind", () => {
    if (process.platform !== "linux") return;
    probe();
    const before = openDescriptors();
    for (let i = 0; i < 20; i++) probe();
    assert.equal(openDescriptors(), before);
  });
});
