import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HandshakeError, HeaderMap } from "#src/handshake/index.js";
import { type Admitted, admit, isRefused, type Refused } from "#src/server/admission.js";
import type { ServerHandlers } from "#src/server/handlers.js";
import { resolveServerOptions, type ServerOptions } from "#src/server/server-options.js";

const valid: readonly (readonly [string, string])[] = [
  ["Host", "own.test"],
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
  ["Sec-WebSocket-Version", "13"],
];

interface Attempt {
  headers?: readonly (readonly [string, string])[];
  target?: string;
  options?: ServerOptions;
  upgrade?: ServerHandlers["upgrade"];
}

function attempt({ headers = [], target = "/", options, upgrade }: Attempt) {
  const head = {
    method: "GET",
    target,
    version: "1.1" as const,
    headers: new HeaderMap([...valid, ...headers]),
  };
  const arrival = { head, peer: { remoteAddress: "192.0.2.1", isSecure: false } };
  return admit(arrival, { upgrade }, resolveServerOptions(options));
}

function admitted(verdict: ReturnType<typeof attempt>): Admitted<unknown> {
  assert.ok(!(verdict instanceof Promise) && !isRefused(verdict));
  return verdict;
}

function codeOf(verdict: Refused | Admitted<unknown>): string {
  assert.ok(isRefused(verdict));
  assert.ok(verdict.error instanceof HandshakeError);
  return verdict.error.code;
}

describe("admission", () => {
  test("of a valid request is decided at once", () => {
    const { protocol, extensions, context, request } = admitted(attempt({ target: "/a?b" }));
    assert.deepEqual([protocol, extensions, context], ["", "", undefined]);
    assert.deepEqual([request.url, request.pathname, request.remoteAddress], ["/a?b", "/a", "192.0.2.1"]);
  });

  test("checks path, then origin, then asks the hook", () => {
    const asked: string[] = [];
    const upgrade: ServerHandlers["upgrade"] = ({ pathname }) => {
      asked.push(pathname);
      return false;
    };
    const headers = [["Origin", "http://evil.test"]] as const;
    const options = { path: "/a" };
    assert.equal(codeOf(attempt({ target: "/b", headers, options, upgrade }) as Refused), "PATH_NOT_SERVED");
    assert.equal(codeOf(attempt({ target: "/a", headers, options, upgrade }) as Refused), "ORIGIN_FORBIDDEN");
    assert.deepEqual(asked, []);
    assert.equal(codeOf(attempt({ target: "/a", options, upgrade }) as Refused), "REFUSED");
    assert.deepEqual(asked, ["/a"]);
  });

  test("names a path that is not served on one short line", () => {
    const target = `/${"x".repeat(1000)}`;
    const { error } = attempt({ target, options: { path: "/a" } }) as Refused;
    assert.equal(error.message, `path "/${"x".repeat(63)}"… is not served here`);
  });

  test("never rejects, whatever the hook's promise does", async () => {
    for (const upgrade of [
      () => Promise.reject(new Error("no")),
      () => Promise.resolve({ protocol: "never offered" }),
      () => Promise.resolve(7 as unknown as boolean),
      () => Promise.resolve(new Error("no") as unknown as boolean),
      async () => {
        const used = new Response("x");
        await used.text();
        return used;
      },
    ]) {
      const verdict = await attempt({ upgrade });
      assert.equal(codeOf(verdict), "HANDLER_FAILED");
    }
  });

  test("says why an origin was refused: all that was compared, and the options that decide", () => {
    for (const [isSecure, how] of [
      [false, "not secure (http:)"],
      [true, "secure (https:)"],
    ] as const) {
      const headers = [["Origin", "https://page.test"]] as const;
      const { error, refusal } = attempt({ headers, options: { isSecure } }) as Refused;
      for (const part of [`"https://page.test"`, `"own.test"`, how, "origins", "isSecure"])
        assert.ok(error.message.includes(part), `${error.message} says ${part}`);
      assert.equal(refusal.body, "Forbidden\n");
    }
  });

  test("agrees to compression only when it is on and offered", () => {
    const headers = [["Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"]] as const;
    assert.equal(admitted(attempt({ headers })).extensions, "");
    assert.equal(admitted(attempt({ options: { compression: true } })).extensions, "");
    const { extensions, codec } = admitted(attempt({ headers, options: { compression: true } }));
    assert.equal(extensions, "permessage-deflate; server_max_window_bits=12");
    assert.ok(codec !== undefined);
  });

  test("takes the first valid one of several offers", () => {
    const offers = "permessage-deflate; x=1, permessage-deflate; server_max_window_bits=10";
    const { extensions } = admitted(
      attempt({ headers: [["Sec-WebSocket-Extensions", offers]], options: { compression: true } }),
    );
    assert.match(extensions, /server_max_window_bits=10/);
  });
});
