// What a server answers to a request that it accepts, and what programs may say about it before.

import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { makeCertificates } from "../support/certificates.js";
import { openRaw } from "../support/raw-client.js";
import { acceptValueOf, headOf, opcodes, sampleKey, upgradeHead, wireFrame } from "../support/wire.js";
import { compare } from "./implementations.js";
import {
  connectPair,
  connectTo,
  endWith,
  event,
  rawClientOf,
  startHttp,
  startServer,
  turn,
} from "./support/peers.js";
import { refusal } from "./support/refusal.js";
import type { CompatSocket, Options } from "./support/ws-module.js";

type Verdict = (isAccepted: boolean, code?: number, message?: string, headers?: Options) => void;
type Info = { origin?: string; secure: boolean; req: IncomingMessage };

const accepting = [
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  `Sec-WebSocket-Accept: ${acceptValueOf(sampleKey)}`,
];

await compare("the answer of a server", (module, check) => {
  check("has four lines, and no more without a reason", async (t) => {
    const { port } = await startServer(t, module);
    const raw = await openRaw(t, { port });
    raw.write(upgradeHead({ "Sec-WebSocket-Extensions": "permessage-deflate" }));
    const expected = headOf(...accepting);
    assert.equal((await raw.read(expected.length)).toString(), expected);
  });

  check("has the subprotocol, the extensions, and then the lines of the headers event", async (t) => {
    const { server, port } = await startServer(t, module, { perMessageDeflate: true });
    const order: string[] = [];
    server.on("headers", (lines: string[], request: IncomingMessage) => {
      order.push(`headers ${request.url}`);
      assert.deepEqual(lines.slice(0, 4), accepting);
      lines.push("Set-Cookie: a=b");
    });
    server.on("connection", () => order.push("connection"));
    const raw = await openRaw(t, { port });
    const asked = { "Sec-WebSocket-Protocol": "a, b", "Sec-WebSocket-Extensions": "permessage-deflate" };
    raw.write(upgradeHead(asked, "/with?query"));
    const expected = headOf(
      ...accepting,
      "Sec-WebSocket-Protocol: a",
      "Sec-WebSocket-Extensions: permessage-deflate",
      "Set-Cookie: a=b",
    );
    assert.equal((await raw.read(expected.length)).toString(), expected);
    assert.deepEqual(order, ["headers /with?query", "connection"]);
  });

  for (const headers of [
    { Upgrade: "WebSocket" },
    { Connection: "keep-alive, Upgrade" },
    { "Sec-WebSocket-Version": "8" },
    { "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==" },
    { "Sec-WebSocket-Extensions": "x-unknown; a=1" },
    { "Sec-WebSocket-Extensions": "not a list" },
    { Origin: "https://anywhere.example" },
  ]) {
    check(`accepts ${JSON.stringify(headers)}`, async (t) => {
      const { head } = await rawClientOf(t, module, {}, headers);
      const key = headers["Sec-WebSocket-Key"] ?? sampleKey;
      assert.equal(head.headers.get("sec-websocket-accept"), acceptValueOf(key));
      assert.equal(head.headers.get("sec-websocket-extensions"), undefined);
    });
  }

  for (const target of ["/here", "/here?", "/here?query=/there"]) {
    check(`accepts ${target} for the path /here`, async (t) => {
      const { server, port } = await startServer(t, module, { path: "/here" });
      const accepted = event(server, "connection");
      const raw = await openRaw(t, { port });
      await raw.upgrade({}, target);
      assert.equal((await accepted)[1].url, target);
    });
  }

  check(
    "its connection event has the socket and the request, and listeners there miss nothing",
    async (t) => {
      const { server, port } = await startServer(t, module);
      const messages = new Promise<string>((resolve) => {
        server.on("connection", (socket: CompatSocket, request: IncomingMessage, ...rest: unknown[]) => {
          assert.ok(socket instanceof module.WebSocket);
          assert.equal(socket.readyState, socket.OPEN);
          assert.equal(request.headers["x-mine"], "1");
          assert.equal(rest.length, 0);
          socket.on("message", (data) => resolve(String(data)));
        });
      });
      const raw = await openRaw(t, { port });
      const head = Buffer.from(upgradeHead({ "X-Mine": "1" }));
      raw.write(Buffer.concat([head, wireFrame({ opcode: opcodes.text, payload: "with the head" })]));
      assert.equal(await messages, "with the head");
    },
  );

  check("open is emitted before connection, where only a class of its own can hear it", async (t) => {
    const order: string[] = [];
    class Own extends module.WebSocket {
      constructor(...given: ConstructorParameters<typeof module.WebSocket>) {
        super(...given);
        order.push(`made with ${given[0]}, ${given[1]}, ${given[2] === server.options}`);
        this.on("open", () => order.push("open"));
      }
    }
    const { server, url } = await startServer(t, module, { WebSocket: Own });
    server.on("connection", () => order.push("connection"));
    const accepted = event(server, "connection");
    connectTo(t, module, url);
    assert.ok((await accepted)[0] instanceof Own);
    assert.deepEqual(order, ["made with null, undefined, true", "open", "connection"]);
  });
});

await compare("verifyClient of one argument", (module, check) => {
  check("is told the origin, whether it is secure, and the request, and may accept", async (t) => {
    let told: Info | undefined;
    const verifyClient = (info: Info): boolean => {
      told = info;
      return true;
    };
    await rawClientOf(t, module, { verifyClient }, { Origin: "https://a.example" });
    assert.deepEqual(Object.keys(told as Info), ["origin", "secure", "req"]);
    assert.equal(told?.origin, "https://a.example");
    assert.equal(told?.secure, false);
    assert.equal(told?.req.method, "GET");
  });

  check("reads the origin of version 8 where that version has it", async (t) => {
    let origin: string | undefined;
    const verifyClient = (info: Info): boolean => {
      origin = info.origin;
      return true;
    };
    const headers = { "Sec-WebSocket-Version": "8", "Sec-WebSocket-Origin": "b", Origin: "c" };
    await rawClientOf(t, module, { verifyClient }, headers);
    assert.equal(origin, "b");
  });

  check("is told of TLS", async (t) => {
    const { server: pair } = makeCertificates();
    const { http, port } = await startHttp(t, createSecureServer(pair));
    let isSecure = false;
    const verifyClient = (info: Info): boolean => {
      isSecure = info.secure;
      return true;
    };
    endWith(t, new module.WebSocketServer({ server: http, verifyClient }));
    const client = connectTo(t, module, `wss://localhost:${port}`, { rejectUnauthorized: false });
    await event(client, "open");
    assert.equal(isSecure, true);
  });

  for (const verdict of [false, undefined, 0, ""]) {
    check(`may refuse with ${JSON.stringify(verdict)}, which is answered 401`, async (t) => {
      const { server, port } = await startServer(t, module, { verifyClient: () => verdict });
      server.on("connection", () => assert.fail("accepted"));
      const raw = await openRaw(t, { port });
      raw.write(upgradeHead());
      assert.equal((await raw.readToEnd()).toString(), refusal(401));
    });
  }
});

await compare("verifyClient of two arguments", (module, check) => {
  check("accepts later, and what the client has sent meanwhile is not lost", async (t) => {
    let ask = (_done: Verdict): void => {};
    const asked = new Promise<Verdict>((resolve) => {
      ask = resolve;
    });
    const verifyClient = (_info: Info, done: Verdict): void => ask(done);
    const { server, port } = await startServer(t, module, { verifyClient });
    const raw = await openRaw(t, { port });
    const received = new Promise((resolve) => {
      server.on("connection", (socket: CompatSocket) => {
        socket.on("message", (data) => resolve(String(data)));
      });
    });
    raw.write(Buffer.concat([Buffer.from(upgradeHead()), wireFrame({ opcode: 1, payload: "early" })]));
    const accept = await asked;
    await turn();
    accept(true);
    assert.equal(await received, "early");
  });

  const refusals: { what: string; verdict: Parameters<Verdict>; answer: string }[] = [
    { what: "401 if it says no more", verdict: [false], answer: refusal(401) },
    { what: "its code", verdict: [false, 404], answer: refusal(404) },
    { what: "its text", verdict: [false, 403, "no entry £"], answer: refusal(403, "no entry £") },
    {
      what: "its headers",
      verdict: [false, 429, "later", { "Retry-After": 120 }],
      answer: refusal(429, "later", ["Retry-After: 120"]),
    },
    {
      what: "its headers in place of the usual ones",
      verdict: [false, 401, undefined, { "Content-Type": "text/plain", Connection: "keep-alive" }],
      answer: refusal(401)
        .replace("text/html", "text/plain")
        .replace("Connection: close", "Connection: keep-alive"),
    },
  ];
  for (const { what, verdict, answer } of refusals) {
    check(`refuses with ${what}`, async (t) => {
      const verifyClient = (_info: Info, done: Verdict): void => done(...verdict);
      const { server, port } = await startServer(t, module, { verifyClient });
      server.on("connection", () => assert.fail("accepted"));
      const raw = await openRaw(t, { port });
      raw.write(upgradeHead());
      assert.equal((await raw.readToEnd()).toString(), answer);
    });
  }

  check("accepts in vain when the client has gone meanwhile", async (t) => {
    const told = new Promise<[Info, Verdict]>((resolve) => {
      const verifyClient = (info: Info, done: Verdict): void => resolve([info, done]);
      startServer(t, module, { verifyClient }).then(async ({ server, port }) => {
        server.on("connection", () => assert.fail("accepted"));
        const raw = await openRaw(t, { port });
        raw.write(upgradeHead());
        raw.socket.end();
      });
    });
    const [{ req }, accept] = await told;
    const gone = event(req.socket, "close");
    if (!req.socket.readableEnded) await event(req.socket.resume(), "end");
    accept(true);
    await gone;
    assert.equal(req.socket.destroyed, true);
  });
});

await compare("the subprotocol", (module, check) => {
  check("is the first that the client offers", async (t) => {
    const { client, peer } = await connectPair(t, module, { protocols: ["b", "a"] });
    assert.equal(client.protocol, "b");
    assert.equal(peer.protocol, "b");
  });

  check("is the choice of handleProtocols, which is told the set and the request", async (t) => {
    let told: unknown[] = [];
    const handleProtocols = (...given: unknown[]): string => {
      told = given;
      return "c";
    };
    const { client, peer, request } = await connectPair(t, module, {
      server: { handleProtocols },
      protocols: ["a", "b", "c"],
    });
    assert.deepEqual(told, [new Set(["a", "b", "c"]), request]);
    assert.equal(client.protocol, "c");
    assert.equal(peer.protocol, "c");
  });

  check("is chosen by methods of the server's options, whichever way they verify", async (t) => {
    const asked = { "Sec-WebSocket-Protocol": "a" };
    const told: unknown[] = [];
    const options = {
      mark: "of the options",
      handleProtocols(this: Options): string {
        told.push(this.mark);
        return "a";
      },
    };
    const answers = {
      ...options,
      verifyClient(this: Options, _info: Info): boolean {
        return told.push(this.mark) > 0;
      },
    };
    const callsBack = {
      ...options,
      verifyClient(this: Options, _info: Info, callback: Verdict): void {
        told.push(this.mark);
        callback(true);
      },
    };
    await rawClientOf(t, module, answers, asked);
    await rawClientOf(t, module, callsBack, asked);
    assert.deepEqual(told, Array(4).fill("of the options"));
  });

  check("is empty when handleProtocols chooses none", async (t) => {
    const asked = { "Sec-WebSocket-Protocol": "a" };
    const { head, socket } = await rawClientOf(t, module, { handleProtocols: () => false }, asked);
    assert.equal(head.headers.has("sec-websocket-protocol"), false);
    assert.equal(socket.protocol, "");
  });

  check("nobody is asked when the client offers none", async (t) => {
    const { peer } = await connectPair(t, module, {
      server: { handleProtocols: () => assert.fail("asked") },
    });
    assert.equal(peer.protocol, "");
  });
});
