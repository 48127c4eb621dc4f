// extension, subprotocol and PerMessageDeflate, as they are exported.

import assert from "node:assert/strict";
import { compare } from "./implementations.js";
import type { Options } from "./support/ws-module.js";

/** Objects without a prototype compared as plain ones. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

await compare("extension.parse", (module, check) => {
  const { parse } = module.extension;

  for (const [header, expected] of [
    ["a", { a: [{}] }],
    ["a, b", { a: [{}], b: [{}] }],
    ["a,a", { a: [{}, {}] }],
    ["a;b", { a: [{ b: [true] }] }],
    ["a; b; c=1", { a: [{ b: [true], c: ["1"] }] }],
    ["a;b=1;b=2", { a: [{ b: ["1", "2"] }] }],
    ["a;b=1, a;b=2", { a: [{ b: ["1"] }, { b: ["2"] }] }],
    ['a;b="1"', { a: [{ b: ["1"] }] }],
    ['a;b="1";c="x"', { a: [{ b: ["1"], c: ["x"] }] }],
    ['a;b="\\1"', { a: [{ b: ["1"] }] }],
    ['a;b="x\\yz"', { a: [{ b: ["xyz"] }] }],
    ["a \t; \tb ; c=1 \t, d", { a: [{ b: [true], c: ["1"] }], d: [{}] }],
    ["hasOwnProperty", { hasOwnProperty: [{}] }],
    ["a;toString", { a: [{ toString: [true] }] }],
  ] as [string, unknown][]) {
    check(`reads ${JSON.stringify(header)}`, () => {
      assert.deepEqual(plain(parse(header)), expected);
    });
  }

  for (const [header, message] of [
    ["", "Unexpected end of input"],
    ["a,", "Unexpected end of input"],
    ["a;", "Unexpected end of input"],
    ["a ", "Unexpected end of input"],
    ["a;b=", "Unexpected end of input"],
    ['a;b="', "Unexpected end of input"],
    ['a;b="1', "Unexpected end of input"],
    [" a", "Unexpected character at index 0"],
    [",a", "Unexpected character at index 0"],
    [";a", "Unexpected character at index 0"],
    ["a b", "Unexpected character at index 2"],
    ["a;;b", "Unexpected character at index 2"],
    ["a;b c", "Unexpected character at index 4"],
    ["a;b =1", "Unexpected character at index 4"],
    ["a;b==1", "Unexpected character at index 4"],
    ["a;b= 1", "Unexpected character at index 4"],
    ['a;b=""', "Unexpected character at index 5"],
    ['a;b="1 2"', "Unexpected character at index 6"],
    ['a;b="1"2', "Unexpected character at index 7"],
    ['a;b=1"2"', "Unexpected character at index 5"],
    ["é", "Unexpected character at index 0"],
    ["a;b=€", "Unexpected character at index 4"],
    ['a;b="\\ "', "Unexpected character at index 6"],
  ] as const) {
    check(`refuses ${JSON.stringify(header)}`, () => {
      assert.throws(() => parse(header), { name: "SyntaxError", message });
    });
  }
});

await compare("extension.format", (module, check) => {
  const { format } = module.extension;
  for (const [given, expected] of [
    [{}, ""],
    [{ a: {} }, "a"],
    [{ a: [{}] }, "a"],
    [{ a: { b: true } }, "a; b"],
    [{ a: { b: 1, c: "x" } }, "a; b=1; c=x"],
    [{ a: { b: ["1", "2"] } }, "a; b=1; b=2"],
    [{ a: [{ b: true }, { c: 2 }] }, "a; b, a; c=2"],
    [{ a: [{}], d: [{ e: true }] }, "a, d; e"],
  ] as [Options, string][]) {
    check(`writes ${JSON.stringify(given)} as ${JSON.stringify(expected)}`, () => {
      assert.equal(format(given), expected);
    });
  }
});

await compare("subprotocol.parse", (module, check) => {
  const { parse } = module.subprotocol;
  for (const [header, expected] of [
    ["a", ["a"]],
    ["a,b", ["a", "b"]],
    ["b \t, \ta", ["b", "a"]],
    ["!#$%&'*+-.^_`|~09AZaz", ["!#$%&'*+-.^_`|~09AZaz"]],
  ] as const) {
    check(`reads ${JSON.stringify(header)}`, () => {
      const found = parse(header);
      assert.ok(found instanceof Set);
      assert.deepEqual([...found], expected);
    });
  }

  for (const [header, message] of [
    ["", "Unexpected end of input"],
    ["a,", "Unexpected end of input"],
    ["a, ", "Unexpected end of input"],
    ["a ", "Unexpected end of input"],
    [" a", "Unexpected character at index 0"],
    [",a", "Unexpected character at index 0"],
    ["a,,b", "Unexpected character at index 2"],
    ["a b", "Unexpected character at index 2"],
    ["a;b", "Unexpected character at index 1"],
    ["é", "Unexpected character at index 0"],
    ["a,a", 'The "a" subprotocol is duplicated'],
    ["a,b,a,c", 'The "a" subprotocol is duplicated'],
  ] as const) {
    check(`refuses ${JSON.stringify(header)}`, () => {
      assert.throws(() => parse(header), { name: "SyntaxError", message });
    });
  }
});

await compare("PerMessageDeflate", (module, check) => {
  const { PerMessageDeflate } = module;

  for (const [options, offer] of [
    [undefined, { client_max_window_bits: true }],
    [{}, { client_max_window_bits: true }],
    [{ clientMaxWindowBits: false }, {}],
    [{ clientMaxWindowBits: 10 }, { client_max_window_bits: 10 }],
    [
      { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 9 },
      {
        server_no_context_takeover: true,
        client_no_context_takeover: true,
        server_max_window_bits: 9,
        client_max_window_bits: true,
      },
    ],
  ] as [Options | undefined, Options][]) {
    check(`of ${JSON.stringify(options)} offers ${JSON.stringify(offer)}`, () => {
      assert.deepEqual(new PerMessageDeflate(options).offer(), offer);
    });
  }

  for (const [params, options, message] of [
    [{ unknown: [true] }, {}, 'Unknown parameter "unknown"'],
    [{ server_max_window_bits: ["7"] }, {}, 'Invalid value for parameter "server_max_window_bits": 7'],
    [{ server_max_window_bits: [true] }, {}, 'Invalid value for parameter "server_max_window_bits": true'],
    [{ client_max_window_bits: ["16"] }, {}, 'Invalid value for parameter "client_max_window_bits": 16'],
    [{ client_max_window_bits: [true] }, {}, 'Invalid value for parameter "client_max_window_bits": true'],
    [
      { server_no_context_takeover: ["10"] },
      {},
      'Invalid value for parameter "server_no_context_takeover": 10',
    ],
    [
      { server_max_window_bits: ["8", "9"] },
      {},
      'Parameter "server_max_window_bits" must have only a single value',
    ],
    [
      { client_no_context_takeover: [true] },
      { clientNoContextTakeover: false },
      'Unexpected parameter "client_no_context_takeover"',
    ],
    [
      { client_max_window_bits: ["10"] },
      { clientMaxWindowBits: false },
      'Unexpected or invalid parameter "client_max_window_bits"',
    ],
    [
      { server_no_context_takeover: [true] },
      { isServer: true, serverNoContextTakeover: false },
      "None of the extension offers can be accepted",
    ],
  ] as [Record<string, unknown[]>, Options, string][]) {
    check(`of ${JSON.stringify(options)} refuses ${JSON.stringify(params)}`, () => {
      const extension = new PerMessageDeflate(options);
      assert.throws(() => extension.accept([params]), { message });
      assert.equal(extension.params, null);
    });
  }

  check("accepts, and keeps what it has accepted", () => {
    const extension = new PerMessageDeflate({ isServer: true, serverMaxWindowBits: 9 });
    const accepted = extension.accept([{ client_max_window_bits: [true] }]);
    assert.deepEqual({ ...accepted }, { server_max_window_bits: 9 });
    assert.equal(extension.params, accepted);
  });

  check("compresses and decompresses in the order of the calls", async () => {
    const client = new PerMessageDeflate({ threshold: 0 });
    const server = new PerMessageDeflate({ isServer: true });
    client.accept([{}]);
    server.accept([{}]);
    const compressed = await Promise.all(
      ["one", "two", ""].map(
        (data) =>
          new Promise<Buffer>((resolve, reject) => {
            client.compress(Buffer.from(data), true, (error, given) =>
              error ? reject(error) : resolve(given),
            );
          }),
      ),
    );
    const back: string[] = [];
    for (const data of compressed) {
      await new Promise<void>((resolve, reject) => {
        server.decompress(data, true, (error, given) => {
          if (error) reject(error);
          back.push(given.toString());
          resolve();
        });
      });
    }
    assert.deepEqual(back, ["one", "two", ""]);
    client.cleanup();
    server.cleanup();
  });
});
