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
import { hostileNames, name, parse, verify } from "./deflate-header.js";

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
    name: fc.oneof(
      { weight: 4, arbitrary: fc.constant(name) },
      fc.constantFrom(...hostileNames),
      fc.string(),
    ),
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
          yield {
            clientMaxWindowBits,
            serverMaxWindowBits,
            clientNoContextTakeover,
            serverNoContextTakeover,
          } as DeflateOptions;
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
    const piece = fc.constantFrom(
      name,
      ...parameterNames,
      ...hostileNames,
      ";",
      "=",
      ",",
      " ",
      '"',
      "9",
      "10",
      "\\",
    );
    const header = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(""));
    const property = fc.property(header, someOptions, (text, options) => {
      const elements = parseExtensions(text) ?? [];
      acceptDeflate(elements, options);
      for (const element of elements) verifyDeflate(element, options);
    });
    fc.assert(property, seeded(t, 5000));
  });
});
