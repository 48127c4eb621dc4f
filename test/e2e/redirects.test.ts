import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, HandshakeError, type ServerHandlers } from "sluice";
import { makeCertificates } from "../support/certificates.js";
import { hasTool } from "../support/outside-process.js";
import { startRawServer } from "../support/raw-server.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";
import { headOf } from "../support/wire.js";

/** Redirects every upgrade, and remembers the headers that came. */
function redirecting(
  location: string,
  status = 302,
): { handlers: ServerHandlers; seen: Map<string, string>[] } {
  const seen: Map<string, string>[] = [];
  return {
    seen,
    handlers: {
      upgrade(request) {
        seen.push(new Map(request.headers));
        return { status, headers: { Location: location } };
      },
    },
  };
}

/** Accepts, and remembers the headers that came. */
function remembering(): { handlers: ServerHandlers; seen: Map<string, string>[] } {
  const seen: Map<string, string>[] = [];
  const upgrade: ServerHandlers["upgrade"] = (request) => {
    seen.push(new Map(request.headers));
  };
  return { seen, handlers: { ...echo, upgrade } };
}

const secrets = {
  Authorization: "Bearer secret",
  Cookie: "session=secret",
  "X-Api-Key": "secret",
  "User-Agent": "tests",
};

describe("redirects", () => {
  test("are not followed by default", async (t) => {
    const { url } = await startServer(t, redirecting("ws://127.0.0.1:1/").handlers);
    await assert.rejects(connect(url), { code: "UNEXPECTED_STATUS", status: 302 });
  });

  for (const status of [301, 302, 303, 307, 308]) {
    test(`with ${status} are followed when asked`, async (t) => {
      const target = await startServer(t, echo);
      const { url } = await startServer(t, redirecting(`${target.url}/there?x=y`, status).handlers);
      const ws = await connect(url, { followRedirects: 1 });
      assert.equal(ws.url, `${target.url}/there?x=y`);
      ws.send("x");
      assert.equal(await nextMessage(ws), "x");
      await ws.close();
    });
  }

  test("may name a path, and http for ws", async (t) => {
    const paths: string[] = [];
    const { url } = await startServer(t, {
      upgrade({ pathname, host }) {
        paths.push(pathname);
        if (pathname === "/") return { status: 307, headers: { Location: "a/b" } };
        if (pathname === "/a/b") return { status: 307, headers: { Location: "../c#part" } };
        if (pathname === "/c") return { status: 307, headers: { Location: `http://${host}/d` } };
        return undefined;
      },
    });
    const ws = await connect(url, { followRedirects: 3 });
    assert.deepEqual(paths, ["/", "/a/b", "/c", "/d"]);
    assert.equal(ws.url, `${url}/d`);
    await ws.close();
  });

  test("are followed followRedirects times and no more", async (t) => {
    const { url, server } = await startServer(t, redirecting("/again").handlers);
    await assert.rejects(connect(url, { followRedirects: 3 }), { code: "TOO_MANY_REDIRECTS" });
    assert.equal(server.metrics().refused, 4);
  });

  test("to the same origin keep the credentials", async (t) => {
    const seen: Map<string, string>[] = [];
    const { url } = await startServer(t, {
      upgrade(request) {
        seen.push(new Map(request.headers));
        return request.pathname === "/" ? { status: 302, headers: { Location: "/next" } } : undefined;
      },
    });
    await (await connect(url, { followRedirects: 1, headers: secrets })).close();
    assert.equal(seen[1].get("Authorization"), "Bearer secret");
    assert.equal(seen[1].get("Cookie"), "session=secret");
    assert.equal(seen[1].get("X-Api-Key"), "secret");
    assert.notEqual(
      seen[1].get("Sec-WebSocket-Key"),
      seen[0].get("Sec-WebSocket-Key"),
      "each attempt has its own key",
    );
  });

  test("to another origin, be it only another port, lose the application's headers for good", async (t) => {
    const target = remembering();
    const last = await startServer(t, target.handlers);
    const middle = redirecting(last.url);
    const second = await startServer(t, middle.handlers);
    const { url } = await startServer(t, redirecting(second.url).handlers);
    await (await connect(url, { followRedirects: 2, headers: { ...secrets, Host: "first.test" } })).close();
    for (const headers of [middle.seen[0], target.seen[0]]) {
      assert.equal(headers.has("Authorization"), false);
      assert.equal(headers.has("Cookie"), false);
      assert.equal(headers.has("X-Api-Key"), false);
      assert.equal(headers.get("User-Agent"), "tests");
      assert.match(headers.get("Host") ?? "", /^127\.0\.0\.1:/);
    }
  });

  test("lose the URL's own user name and password at another origin", async (t) => {
    const target = remembering();
    const { url: there } = await startServer(t, target.handlers);
    const first = redirecting(there);
    const { port } = await startServer(t, first.handlers);
    await (await connect(`ws://ann:secret@127.0.0.1:${port}`, { followRedirects: 1 })).close();
    assert.ok(first.seen[0].has("Authorization"));
    assert.equal(target.seen[0].has("Authorization"), false);
  });

  test("from wss never lead to ws", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const certificates = makeCertificates();
    const target = await startServer(t, echo);
    for (const location of [target.url, target.url.replace("ws:", "http:")]) {
      const { url } = await startServer(t, redirecting(location).handlers, { tls: certificates.server });
      await assert.rejects(connect(url, { followRedirects: 5, tls: { ca: certificates.ca } }), {
        code: "REDIRECT_INSECURE",
      });
    }
    assert.equal(target.server.metrics().accepted, 0);
  });

  test("from ws may lead to wss", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const certificates = makeCertificates();
    const target = await startServer(t, echo, { tls: certificates.server });
    const { url } = await startServer(t, redirecting(target.url).handlers);
    const ws = await connect(url, { followRedirects: 1, tls: { ca: certificates.ca } });
    assert.equal(ws.request.isSecure, true);
    await ws.close();
  });

  test("show the client's certificate to the first origin alone", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { ca, server, client } = makeCertificates();
    const demanding = { ...server, ca, requestCert: true, rejectUnauthorized: true };
    const other = await startServer(t, echo, { tls: demanding });
    let location = "/there";
    const upgrade: ServerHandlers["upgrade"] = ({ pathname }) =>
      pathname === "/there" ? undefined : { status: 302, headers: { Location: location } };
    const { url } = await startServer(t, { ...echo, upgrade }, { tls: demanding });
    const options = { followRedirects: 1, tls: { ca, ...client } };
    await (await connect(url, options)).close();
    location = other.url;
    await assert.rejects(connect(url, options), (error) => error instanceof Error && "code" in error);
    assert.equal(other.server.metrics().accepted, 0);
  });

  test("ask another origin by its own name, whatever servername the first has", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { ca, server, second } = makeCertificates();
    const other = await startServer(t, echo, { tls: server });
    const there = other.url.replace("127.0.0.1", "localhost");
    const { url } = await startServer(t, redirecting(there).handlers, { tls: second });
    const ws = await connect(url, { followRedirects: 1, tls: { ca, servername: "second.test" } });
    assert.equal(ws.url, `${there}/`);
    await ws.close();
  });

  for (const location of [
    "http://",
    "ftp://x.test/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "ws://x.test:99999/",
  ]) {
    test(`to ${location} fail`, async (t) => {
      const { url } = await startServer(t, redirecting(location).handlers);
      await assert.rejects(connect(url, { followRedirects: 1 }), HandshakeError);
    });
  }

  test("without a Location, or with two, are no redirects", async (t) => {
    for (const locations of [[], ["Location: /a", "Location: /b"]]) {
      const server = await startRawServer(t);
      const opening = connect(server.url, { followRedirects: 1 });
      const failure = assert.rejects(opening, { code: "UNEXPECTED_STATUS" });
      const peer = await server.accept();
      await peer.readHead();
      peer.write(headOf("HTTP/1.1 302 Found", ...locations));
      await failure;
    }
  });

  test("share one deadline", async (t) => {
    const silent = await startRawServer(t);
    const { url } = await startServer(t, redirecting(silent.url).handlers);
    await assert.rejects(connect(url, { followRedirects: 1, handshakeTimeoutMs: 60 }), {
      code: "HANDSHAKE_TIMED_OUT",
    });
  });
});
