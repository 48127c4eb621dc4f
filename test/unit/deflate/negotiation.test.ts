import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  acceptDeflate,
  type DeflateOptions,
  type DeflateParameters,
  type ExtensionElement,
  offerDeflate,
  verifyDeflate,
} from "#src/deflate/index.js";
import { formatExtensions, parseExtensions } from "#src/handshake/index.js";
import { seeded } from "../../support/property-seed.js";

/** The elements of a Sec-WebSocket-Extensions header. */
function parse(header: string): readonly ExtensionElement[] {
  const elements = parseExtensions(header);
  assert.ok(elements !== undefined, header);
  return elements;
}

/** What a server answers to the header, as it stands in its response; undefined when it declines. */
function answerTo(header: string, options: DeflateOptions = { serverMaxWindowBits: 15 }): string | undefined {
  const accepted = acceptDeflate(parse(header), options);
  return accepted && formatExtensions([accepted.element]);
}

/** What a client makes of a server's answer to the options' offer. */
function verify(answer: string, options: DeflateOptions = {}): DeflateParameters | string {
  return verifyDeflate(parse(answer)[0], options);
}

function agreed(parameters: Partial<DeflateParameters>): DeflateParameters {
  return {
    clientMaxWindowBits: 15,
    serverMaxWindowBits: 15,
    clientNoContextTakeover: false,
    serverNoContextTakeover: false,
    ...parameters,
  };
}

const name = "permessage-deflate";
const hostileNames = ["constructor", "__proto__", "hasOwnProperty", "toString", "prototype", "valueOf"];

describe("deflate offer", () => {
  const offers: [DeflateOptions, string][] = [
    [{}, `${name}; client_max_window_bits`],
    [{ clientMaxWindowBits: 9 }, `${name}; client_max_window_bits=9`],
    [{ serverMaxWindowBits: 8 }, `${name}; server_max_window_bits=8; client_max_window_bits`],
    [{ serverNoContextTakeover: true }, `${name}; server_no_context_takeover; client_max_window_bits`],
    [{ clientNoContextTakeover: true }, `${name}; client_no_context_takeover; client_max_window_bits`],
    [{ clientNoContextTakeover: false, serverNoContextTakeover: false }, `${name}; client_max_window_bits`],
  ];
  for (const [options, header] of offers) {
    test(`of ${JSON.stringify(options)} reads ${header}`, () => {
      assert.equal(formatExtensions([offerDeflate(options)]), header);
    });
  }
});

describe("deflate accept", () => {
  const answers: [string, string | undefined][] = [
    [name, name],
    [`${name}; server_no_context_takeover`, `${name}; server_no_context_takeover`],
    [`${name}; client_no_context_takeover`, `${name}; client_no_context_takeover`],
    [`${name}; server_max_window_bits=15`, `${name}; server_max_window_bits=15`],
    [`${name}; server_max_window_bits=10`, `${name}; server_max_window_bits=10`],
    [`${name}; server_max_window_bits="10"`, `${name}; server_max_window_bits=10`],
    [`${name}; server_max_window_bits="1\\0"`, `${name}; server_max_window_bits=10`],
    [`${name}; server_max_window_bits=8`, `${name}; server_max_window_bits=8`],
    [`${name}; client_max_window_bits`, name],
    [`${name}; client_max_window_bits=15`, name],
    [`${name}; client_max_window_bits=8`, `${name}; client_max_window_bits=8`],
    // Values that are no window: the offer is declined.
    [`${name}; server_max_window_bits`, undefined],
    [`${name}; server_max_window_bits=7`, undefined],
    [`${name}; server_max_window_bits=16`, undefined],
    [`${name}; server_max_window_bits=08`, undefined],
    [`${name}; server_max_window_bits="08"`, undefined],
    [`${name}; server_max_window_bits=010`, undefined],
    [`${name}; server_max_window_bits=1e1`, undefined],
    [`${name}; server_max_window_bits=0xA`, undefined],
    [`${name}; server_max_window_bits=+9`, undefined],
    [`${name}; server_max_window_bits=-9`, undefined],
    [`${name}; server_max_window_bits=9.0`, undefined],
    [`${name}; server_max_window_bits=99999999999999999999`, undefined],
    [`${name}; client_max_window_bits=7`, undefined],
    [`${name}; client_max_window_bits=16`, undefined],
    [`${name}; client_max_window_bits=09`, undefined],
    [`${name}; client_max_window_bits=x`, undefined],
    // Flags have no value.
    [`${name}; server_no_context_takeover=1`, undefined],
    [`${name}; server_no_context_takeover=true`, undefined],
    [`${name}; client_no_context_takeover="x"`, undefined],
    // Names are exact.
    [`${name}; unknown`, undefined],
    [`${name}; server_max_window_bits=10; unknown=1`, undefined],
    [`${name}; SERVER_MAX_WINDOW_BITS=10`, undefined],
    ["PERMESSAGE-DEFLATE", undefined],
    ["permessage-bzip2", undefined],
    ["x-webkit-deflate-frame", undefined],
    // Every parameter once.
    [`${name}; server_no_context_takeover; server_no_context_takeover`, undefined],
    [`${name}; client_no_context_takeover; client_no_context_takeover`, undefined],
    [`${name}; server_max_window_bits=10; server_max_window_bits=10`, undefined],
    [`${name}; client_max_window_bits; client_max_window_bits`, undefined],
    [`${name}; client_max_window_bits; client_max_window_bits=10`, undefined],
    // The first acceptable offer counts.
    [`foo, ${name}`, name],
    [`${name}; server_max_window_bits=7, ${name}; server_max_window_bits=9`, `${name}; server_max_window_bits=9`],
    [`${name}; server_max_window_bits=11, ${name}`, `${name}; server_max_window_bits=11`],
    [`${name}; unknown, ${name}; client_max_window_bits=16`, undefined],
  ];
  for (const hostile of hostileNames) {
    answers.push([hostile, undefined], [`${name}; ${hostile}`, undefined], [`${name}; ${hostile}=9`, undefined]);
  }
  for (const [offer, answer] of answers) {
    test(`${answer === undefined ? "declines" : `answers "${answer}" to`} "${offer}"`, () => {
      assert.equal(answerTo(offer), answer);
    });
  }

  test("declines an empty list of offers", () => {
    assert.equal(acceptDeflate([], {}), undefined);
  });

  test("limits the server's own window to 12 bits by default, and says so unasked", () => {
    assert.equal(answerTo(name, {}), `${name}; server_max_window_bits=12`);
    assert.equal(acceptDeflate(parse(name), {})?.parameters.serverMaxWindowBits, 12);
  });

  test("takes the smaller of the two limits for each window", () => {
    for (let asked = 8; asked <= 15; asked++) {
      for (let own = 8; own <= 15; own++) {
        const header = `${name}; server_max_window_bits=${asked}; client_max_window_bits=${asked}`;
        const options = { serverMaxWindowBits: own, clientMaxWindowBits: own };
        const parameters = acceptDeflate(parse(header), options)?.parameters;
        const bits = Math.min(asked, own);
        assert.deepEqual(parameters, agreed({ serverMaxWindowBits: bits, clientMaxWindowBits: bits }));
      }
    }
  });

  test("asks for what its own options want, beyond the offer", () => {
    const options = { serverMaxWindowBits: 15, serverNoContextTakeover: true, clientNoContextTakeover: true };
    assert.equal(answerTo(name, options), `${name}; server_no_context_takeover; client_no_context_takeover`);
    const bits = { serverMaxWindowBits: 15, clientMaxWindowBits: 10 };
    assert.equal(answerTo(`${name}; client_max_window_bits`, bits), `${name}; client_max_window_bits=10`);
  });
});

describe("deflate verify", () => {
  const accepted: [string, DeflateOptions, Partial<DeflateParameters>][] = [
    [name, {}, {}],
    [`${name}; server_max_window_bits=12`, {}, { serverMaxWindowBits: 12 }],
    [`${name}; server_max_window_bits=8`, { serverMaxWindowBits: 9 }, { serverMaxWindowBits: 8 }],
    [`${name}; server_max_window_bits=9`, { serverMaxWindowBits: 9 }, { serverMaxWindowBits: 9 }],
    [`${name}; client_max_window_bits=8`, {}, { clientMaxWindowBits: 8 }],
    [`${name}; client_max_window_bits=15`, { clientMaxWindowBits: 10 }, { clientMaxWindowBits: 10 }],
    [name, { clientMaxWindowBits: 10 }, { clientMaxWindowBits: 10 }],
    [name, { clientNoContextTakeover: true }, { clientNoContextTakeover: true }],
    [`${name}; client_no_context_takeover`, {}, { clientNoContextTakeover: true }],
    [`${name}; server_no_context_takeover`, {}, { serverNoContextTakeover: true }],
    [
      `${name}; server_no_context_takeover`,
      { serverNoContextTakeover: true },
      { serverNoContextTakeover: true },
    ],
  ];
  for (const [answer, options, parameters] of accepted) {
    test(`takes "${answer}" as the answer to ${JSON.stringify(options)}`, () => {
      assert.deepEqual(verify(answer, options), agreed(parameters));
    });
  }

  const refused: [string, DeflateOptions][] = [
    [name, { serverNoContextTakeover: true }],
    [name, { serverMaxWindowBits: 14 }],
    [`${name}; server_max_window_bits=11`, { serverMaxWindowBits: 10 }],
    [`${name}; server_max_window_bits`, {}],
    [`${name}; client_max_window_bits`, {}],
    [`${name}; client_max_window_bits=16`, {}],
    [`${name}; client_max_window_bits=010`, {}],
    [`${name}; server_max_window_bits=7`, {}],
    [`${name}; server_no_context_takeover=1`, {}],
    [`${name}; client_no_context_takeover=1`, {}],
    [`${name}; unknown`, {}],
    [`${name}; client_max_window_bits=10; client_max_window_bits=10`, {}],
    [`${name}; server_no_context_takeover; server_no_context_takeover`, {}],
    ...hostileNames.map((hostile): [string, DeflateOptions] => [`${name}; ${hostile}`, {}]),
  ];
  for (const [answer, options] of refused) {
    test(`refuses "${answer}" as the answer to ${JSON.stringify(options)}`, () => {
      const fault = verify(answer, options);
      assert.ok(typeof fault === "string" && fault.startsWith("the server "), String(fault));
    });
  }
});

const bits = fc.option(fc.integer({ min: 8, max: 15 }), { nil: undefined });
const flag = fc.option(fc.boolean(), { nil: undefined });
const someOptions: fc.Arbitrary<DeflateOptions> = fc
  .record({
    clientMaxWindowBits: bits,
    serverMaxWindowBits: bits,
    clientNoContextTakeover: flag,
    serverNoContextTakeover: flag,
  })
  .map((options) => options as DeflateOptions);

const parameterNames = [
  "server_no_context_takeover",
  "client_no_context_takeover",
  "server_max_window_bits",
  "client_max_window_bits",
];
const someElements: fc.Arbitrary<ExtensionElement[]> = fc.array(
  fc.record({
    name: fc.oneof({ weight: 4, arbitrary: fc.constant(name) }, fc.constantFrom(...hostileNames), fc.string()),
    parameters: fc.array(
      fc.record({
        name: fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom(...parameterNames) },
          fc.constantFrom(...hostileNames),
          fc.string(),
        ),
        value: fc.oneof(
          fc.constant(true as const),
          fc.integer({ min: 0, max: 20 }).map(String),
          fc.constantFrom("08", "1e1", "", " 9", "9 ", "٩", "９", "15\n", ...hostileNames),
          fc.string(),
        ),
      }),
      { maxLength: 5 },
    ),
  }),
  { maxLength: 4 },
);

/** Every combination of options that matter for negotiation; `undefined` stands for an absent one. */
function* everyOptions(): Generator<DeflateOptions> {
  const windows = [undefined, 8, 9, 12, 15];
  for (const clientMaxWindowBits of windows) {
    for (const serverMaxWindowBits of windows) {
      for (const clientNoContextTakeover of [undefined, true]) {
        for (const serverNoContextTakeover of [undefined, true]) {
          yield { clientMaxWindowBits, serverMaxWindowBits, clientNoContextTakeover, serverNoContextTakeover } as
            DeflateOptions;
        }
      }
    }
  }
}

function assertAgreement(client: DeflateOptions, server: DeflateOptions): void {
  const offer = formatExtensions([offerDeflate(client)]);
  const accepted = acceptDeflate(parse(offer), server);
  assert.ok(accepted !== undefined, offer);
  const answer = formatExtensions([accepted.element]);
  const verified = verify(answer, client);
  const context = `${offer} → ${answer}`;
  assert.ok(typeof verified === "object", `${context}: ${verified}`);
  // A window may be smaller than the other end assumes, never larger; the rest is the same on both ends.
  assert.equal(verified.serverMaxWindowBits, accepted.parameters.serverMaxWindowBits, context);
  assert.ok(verified.clientMaxWindowBits <= accepted.parameters.clientMaxWindowBits, context);
  assert.equal(verified.serverNoContextTakeover, accepted.parameters.serverNoContextTakeover, context);
  assert.equal(verified.clientNoContextTakeover, accepted.parameters.clientNoContextTakeover, context);
  assert.ok(verified.serverMaxWindowBits <= (client.serverMaxWindowBits ?? 15), context);
  assert.ok(verified.clientMaxWindowBits <= (client.clientMaxWindowBits ?? 15), context);
  assert.ok(verified.serverMaxWindowBits <= (server.serverMaxWindowBits ?? 12), context);
  assert.ok(verified.clientMaxWindowBits <= (server.clientMaxWindowBits ?? 15), context);
}

describe("deflate negotiation", () => {
  test("reaches an agreement within both ends' wishes for every combination of options", () => {
    for (const client of everyOptions()) {
      for (const server of everyOptions()) assertAgreement(client, server);
    }
  });

  test("never throws for any elements a peer can send, and agrees to lawful values only", (t) => {
    const property = fc.property(someElements, someOptions, (elements, options) => {
      const accepted = acceptDeflate(elements, options);
      const results: unknown[] = [accepted?.parameters];
      for (const element of elements) results.push(verifyDeflate(element, options));
      for (const result of results) {
        if (result === undefined || typeof result === "string") continue;
        const { clientMaxWindowBits, serverMaxWindowBits } = result as DeflateParameters;
        for (const value of [clientMaxWindowBits, serverMaxWindowBits]) {
          assert.ok(Number.isInteger(value) && value >= 8 && value <= 15);
        }
      }
    });
    fc.assert(property, seeded(t, 5000));
  });

  test("never throws for any header that parses", (t) => {
    const piece = fc.constantFrom(name, ...parameterNames, ...hostileNames, ";", "=", ",", " ", '"', "9", "10", "\\");
    const header = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(""));
    const property = fc.property(header, someOptions, (text, options) => {
      const elements = parseExtensions(text) ?? [];
      acceptDeflate(elements, options);
      for (const element of elements) verifyDeflate(element, options);
    });
    fc.assert(property, seeded(t, 5000));
  });
});
