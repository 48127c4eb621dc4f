import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  acceptDeflate,
  type DeflateOptions,
  type DeflateParameters,
  offerDeflate,
} from "#src/deflate/index.js";
import { formatExtensions } from "#src/handshake/index.js";
import { agreed, answerTo, hostileNames, name, parse, verify } from "./deflate-header.js";

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
    test(`RFC 7692 §5, §7.1: of ${JSON.stringify(options)} reads ${header}`, () => {
      assert.equal(formatExtensions([offerDeflate(options)]), header);
    });
  }
});

describe("deflate accept", () => {
  const answers: [string, string][] = [
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
    // The first acceptable offer counts.
    [`foo, ${name}`, name],
    [
      `${name}; server_max_window_bits=7, ${name}; server_max_window_bits=9`,
      `${name}; server_max_window_bits=9`,
    ],
    [`${name}; server_max_window_bits=11, ${name}`, `${name}; server_max_window_bits=11`],
  ];
  for (const [offer, answer] of answers) {
    test(`RFC 7692 §7.1: answers "${answer}" to "${offer}"`, () => assert.equal(answerTo(offer), answer));
  }

  const declined = [
    // Values that are no window.
    `${name}; server_max_window_bits`,
    `${name}; server_max_window_bits=7`,
    `${name}; server_max_window_bits=16`,
    `${name}; server_max_window_bits=08`,
    `${name}; server_max_window_bits="08"`,
    `${name}; server_max_window_bits=010`,
    `${name}; server_max_window_bits=1e1`,
    `${name}; server_max_window_bits=0xA`,
    `${name}; server_max_window_bits=+9`,
    `${name}; server_max_window_bits=-9`,
    `${name}; server_max_window_bits=9.0`,
    `${name}; server_max_window_bits=99999999999999999999`,
    `${name}; client_max_window_bits=7`,
    `${name}; client_max_window_bits=16`,
    `${name}; client_max_window_bits=09`,
    `${name}; client_max_window_bits=x`,
    // Flags have no value.
    `${name}; server_no_context_takeover=1`,
    `${name}; server_no_context_takeover=true`,
    `${name}; client_no_context_takeover="x"`,
    // Names are exact.
    `${name}; unknown`,
    `${name}; server_max_window_bits=10; unknown=1`,
    `${name}; SERVER_MAX_WINDOW_BITS=10`,
    "PERMESSAGE-DEFLATE",
    "permessage-bzip2",
    "x-webkit-deflate-frame",
    // Every parameter once.
    `${name}; server_no_context_takeover; server_no_context_takeover`,
    `${name}; client_no_context_takeover; client_no_context_takeover`,
    `${name}; server_max_window_bits=10; server_max_window_bits=10`,
    `${name}; client_max_window_bits; client_max_window_bits`,
    `${name}; client_max_window_bits; client_max_window_bits=10`,
    // All of several.
    `${name}; unknown, ${name}; client_max_window_bits=16`,
    ...hostileNames.flatMap((hostile) => [hostile, `${name}; ${hostile}`, `${name}; ${hostile}=9`]),
  ];
  for (const offer of declined) {
    test(`RFC 7692 §7: declines "${offer}"`, () => assert.equal(answerTo(offer), undefined));
  }

  test("declines an empty list of offers", () => {
    assert.equal(acceptDeflate([], {}), undefined);
  });

  test("limits the server's own window to 12 bits by default, and says so unasked", () => {
    assert.equal(answerTo(name, {}), `${name}; server_max_window_bits=12`);
    assert.equal(acceptDeflate(parse(name), {})?.parameters.serverMaxWindowBits, 12);
  });

  test("RFC 7692 §7.1.2: takes the smaller of the two limits for each window", () => {
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

  test("RFC 7692 §7.1.2.2: limits no client that did not offer to be limited", () => {
    for (let bits = 8; bits <= 15; bits++) {
      const accepted = acceptDeflate(parse(name), { clientMaxWindowBits: bits, serverMaxWindowBits: 15 });
      assert.deepEqual(accepted?.element.parameters, []);
      assert.equal(accepted?.parameters.clientMaxWindowBits, 15);
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
    test(`RFC 7692 §7.1: takes "${answer}" as the answer to ${JSON.stringify(options)}`, () => {
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
    test(`RFC 7692 §7: refuses "${answer}" as the answer to ${JSON.stringify(options)}`, () => {
      const fault = verify(answer, options);
      assert.ok(typeof fault === "string" && fault.startsWith("the server "), String(fault));
    });
  }
});
