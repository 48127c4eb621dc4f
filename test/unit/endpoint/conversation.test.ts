import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClientEndpointOptions, Endpoint, ServerEndpointOptions } from "sluice/protocol";
import {
  bytesOf,
  compression,
  concat,
  consume,
  createClient,
  createServer,
  everySplit,
  openPair,
  serve,
} from "./endpoint-pair.js";

const text = "né € 😀 ".repeat(12);
const binary = Uint8Array.from({ length: 300 }, (_, i) => i % 7);

/** Every kind of frame, in an order that a peer must be able to take, ending with Close. */
function speak(endpoint: Endpoint<unknown>): Uint8Array {
  const parts = [
    endpoint.sendText("Hello"),
    endpoint.sendText(text),
    endpoint.sendPing(bytesOf("are you there")),
  ];
  endpoint.beginMessage(false, { compress: true });
  parts.push(endpoint.sendFragment(bytesOf("frag"), false));
  parts.push(endpoint.sendPong(bytesOf("unasked")));
  parts.push(endpoint.sendFragment(bytesOf("ments"), true));
  parts.push(endpoint.sendBinary(binary), endpoint.sendBinary(new Uint8Array(0), { compress: true }));
  parts.push(endpoint.sendText(text), endpoint.sendClose(3000, "au revoir"));
  return concat(parts);
}

const spoken = [
  { type: "text", data: "Hello" },
  { type: "text", data: text },
  { type: "ping", data: bytesOf("are you there") },
  { type: "pong", data: bytesOf("unasked") },
  { type: "text", data: "fragments" },
  { type: "binary", data: binary },
  { type: "binary", data: new Uint8Array(0) },
  { type: "text", data: text },
  { type: "close", code: 3000, reason: "au revoir" },
];

type Settings = { client: Partial<ClientEndpointOptions>; server: ServerEndpointOptions };

const variants: Record<string, () => Settings> = {
  "without compression": () => ({ client: {}, server: {} }),
  "with compression": () => {
    const both = { compression: compression({ thresholdBytes: 20 }) };
    return { client: both, server: both };
  },
  "frame by frame, with compression": () => {
    const both = { compression: compression({ thresholdBytes: 20 }), receiveCredit: 1 };
    return { client: both, server: both };
  },
  "with compression that forgets each message": () => {
    const options = { thresholdBytes: 20, clientNoContextTakeover: true, serverNoContextTakeover: true };
    return { client: { compression: compression(options) }, server: { compression: compression(options) } };
  },
};

for (const [name, settings] of Object.entries(variants)) {
  describe(`conversation ${name}`, () => {
    test("a server understands a client at every split of its bytes", () => {
      const { client } = openPair(settings().client, settings().server);
      const bytes = concat([client.request, speak(client)]);
      const expected = serve(createServer(settings().server), [bytes]);
      const [offer, ...rest] = expected.events;
      assert.equal(offer.type, "offer");
      assert.deepEqual(rest, spoken);
      for (const pieces of everySplit(bytes)) {
        assert.deepEqual(
          serve(createServer(settings().server), pieces),
          expected,
          `cut at ${pieces[0].length}`,
        );
      }
      const answer = consume(createClient(settings().client), [expected.output]);
      assert.deepEqual(
        answer.events.slice(1),
        [
          { type: "pong", data: bytesOf("are you there") },
          { type: "close", code: 3000, reason: "" },
        ],
        "the server's pong and Close came without being asked for",
      );
    });

    test("a client understands a server at every split of its bytes", () => {
      const server = createServer(settings().server);
      server.receive(createClient(settings().client).request.slice());
      const bytes = concat([server.accept(), speak(server)]);
      const expected = consume(createClient(settings().client), [bytes]);
      const [open, ...rest] = expected.events;
      assert.equal(open.type, "open");
      assert.deepEqual(rest, spoken);
      for (const pieces of everySplit(bytes)) {
        const got = consume(createClient(settings().client), pieces);
        assert.deepEqual(got, expected, `cut at ${pieces[0].length}`);
      }
      const answers = server.receive(expected.output.slice());
      while (server.hasMore) answers.push(...server.receive());
      assert.deepEqual(answers, [
        { type: "pong", data: bytesOf("are you there") },
        { type: "close", code: 3000, reason: "" },
      ]);
      assert.equal(server.isFinished, true);
    });

    test("both sides finish when both Close frames have passed", () => {
      const { client, server } = openPair(settings().client, settings().server);
      const close = client.sendClose(1000, "done");
      assert.equal(client.isOpen, false);
      assert.equal(client.isFinished, false);
      assert.deepEqual(server.receive(close), [{ type: "close", code: 1000, reason: "done" }]);
      assert.equal(server.isFinished, true);
      assert.deepEqual(client.receive(server.takeOutput()), [{ type: "close", code: 1000, reason: "" }]);
      assert.equal(client.isFinished, true);
      assert.deepEqual(client.takeOutput(), new Uint8Array(0));
      assert.deepEqual(client.receiveEnd(), []);
      assert.deepEqual(server.receiveEnd(), []);
    });
  });
}

describe("conversation", () => {
  test("is the same each time the same bytes and calls are given", () => {
    const [one, other] = [0, 1].map(() => {
      const { client } = openPair();
      return concat([client.request, speak(client)]);
    });
    assert.deepEqual(one, other);
  });

  test("compressed text takes fewer bytes than plain text, and arrives", () => {
    const long = "abcdefgh".repeat(1000);
    const { client, server } = openPair({ compression: compression() }, { compression: compression() });
    assert.match(client.extensions, /^permessage-deflate/);
    assert.equal(server.extensions, client.extensions);
    const bytes = client.sendText(long);
    assert.ok(bytes.length < 200, `${bytes.length} bytes`);
    assert.deepEqual(server.receive(bytes), [{ type: "text", data: long }]);
    const plain = client.sendText(long, { compress: false });
    assert.ok(plain.length > long.length);
    assert.deepEqual(server.receive(plain), [{ type: "text", data: long }]);
  });

  test("compression is used only where both sides ask for it", () => {
    for (const [clientHas, serverHas] of [
      [true, false],
      [false, true],
    ]) {
      const { client, server } = openPair(
        { compression: clientHas ? compression() : undefined },
        { compression: serverHas ? compression() : undefined },
      );
      assert.equal(client.extensions, "");
      assert.equal(server.extensions, "");
      const long = "abcdefgh".repeat(1000);
      const bytes = client.sendText(long, { compress: true });
      assert.ok(bytes.length > long.length);
      assert.deepEqual(server.receive(bytes), [{ type: "text", data: long }]);
    }
  });

  test("what is sent comes behind replies that nobody has taken", () => {
    const { client, server } = openPair();
    server.receive(client.sendPing(bytesOf("first")));
    const bytes = server.sendText("second");
    assert.deepEqual(client.receive(bytes), [
      { type: "pong", data: bytesOf("first") },
      { type: "text", data: "second" },
    ]);
    assert.deepEqual(server.takeOutput(), new Uint8Array(0));
  });
});
