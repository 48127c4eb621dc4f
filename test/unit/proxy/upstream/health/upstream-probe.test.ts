import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createServer } from "sluice";
import { resolveDialOptions } from "#src/client/index.js";
import { probeUpstream } from "#src/proxy/upstream/health/upstream-probe.js";
import { Upstream } from "#src/proxy/upstream/upstream.js";
import type { UpstreamTarget } from "#src/proxy/upstream/upstream-options.js";
import { resolveUpstreams } from "#src/proxy/upstream/upstream-settings.js";
import { makeCertificates } from "../../../../support/certificates.js";
import { hasTool } from "../../../../support/outside-process.js";
import { startRawServer } from "../../../../support/raw-server.js";
import { startServer } from "../../../../support/sluice-server.js";
import { neverAborted } from "../virtual-group.js";

interface Expected {
  readonly path?: string;
  readonly statuses?: readonly number[];
}

function probe(
  target: UpstreamTarget,
  { path, statuses }: Expected = {},
  signal = neverAborted,
): Promise<void> {
  const [settings] = resolveUpstreams({ to: target }).upstreams;
  const upstream = new Upstream(settings, undefined, resolveDialOptions({}));
  return probeUpstream(upstream, { path, statuses, preamble: undefined }, signal);
}

describe("a check of an upstream", () => {
  test("without a path is good when a connection can be made", async (t) => {
    const { url, server } = await startServer(t, {});
    await probe(url);
    await server.close();
    await assert.rejects(probe(url), { code: "CONNECTION_REFUSED" });
  });

  test("with a path is good when the status is", async (t) => {
    const asked: (string | undefined)[] = [];
    const { url, host } = await startServer(t, {
      request: (request) => {
        asked.push(`${request.method} ${request.url} ${request.headers.get("host")}`);
        return { status: Number(request.url.slice(1)) };
      },
    }).then((started) => ({ ...started, host: new URL(started.url).host }));
    await probe(`${url}/base`, { path: "/204" });
    assert.deepEqual(asked, [`GET /204 ${host}`]);
    await probe(url, { path: "/302" });
    await assert.rejects(probe(url, { path: "/404" }), {
      message: "GET /404 was answered with 404; good is 200 to 399 (health.active.statuses)",
    });
    await probe(url, { path: "/404", statuses: [204, 404] });
    await assert.rejects(probe(url, { path: "/200", statuses: [204, 404] }), {
      message: "GET /200 was answered with 200; good is 204, 404 (health.active.statuses)",
    });
  });

  test("does not take what is no HTTP for good", async (t) => {
    const raw = await startRawServer(t);
    const failing = assert.rejects(probe(raw.url, { path: "/" }), { code: "HEAD_MALFORMED" });
    const peer = await raw.accept();
    peer.write("SSH-2.0-x\r\n");
    await failing;
    await peer.readToEnd();
  });

  test("ends with its signal, and leaves nothing open", async (t) => {
    const raw = await startRawServer(t);
    const deadline = new AbortController();
    const reason = new Error("too late");
    const failing = assert.rejects(probe(raw.url, { path: "/" }, deadline.signal), reason);
    const peer = await raw.accept();
    await peer.readHead();
    deadline.abort(reason);
    await failing;
    await peer.readToEnd();
  });

  test("finds a unix socket", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-probe-"));
    const server = createServer({ request: () => ({ body: "up" }) });
    t.after(async () => {
      await server.close({ timeoutMs: 0 });
      rmSync(folder, { recursive: true });
    });
    const path = join(folder, "s");
    await server.listen({ path });
    await probe(`ws+unix:${path}`, { path: "/" });
    await assert.rejects(probe(`ws+unix:${path}x`, { path: "/" }));
  });

  test("believes a certificate as requests do", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const certificates = makeCertificates();
    const { url } = await startServer(t, { request: () => ({ body: "up" }) }, { tls: certificates.server });
    await probe({ url, tls: { ca: certificates.ca } });
    await probe({ url, tls: { ca: certificates.ca } }, { path: "/" });
    await assert.rejects(probe(url), { code: "TLS_FAILED" });
  });
});
