import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkPem } from "#src/transport/index.js";

const pem = "Bag Attributes\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const der = new Uint8Array([0x30, 0x82, 0x01, 0x0a]);

describe("a certificate or key", () => {
  for (const [what, value] of [
    ["text", pem],
    ["a Buffer", Buffer.from(pem)],
    ["a view", new DataView(new TextEncoder().encode(`__${pem}`).buffer, 2)],
    ["several", [pem, Buffer.from(pem)]],
    ["none", undefined],
    ["no authority at all", []],
  ] as const) {
    test(`is taken as ${what}`, () => {
      for (const name of ["ca", "cert", "key"]) checkPem({ [name]: value });
    });
  }

  test("of a key may stand beside its passphrase", () => {
    checkPem({ key: [{ pem, passphrase: "x" }] });
    assert.throws(() => checkPem({ key: [{ pem: "./key.pem", passphrase: "x" }] }), {
      code: "INVALID_ARGUMENT",
    });
  });

  for (const [what, value] of [
    ["the path of a file", "./c.pem"],
    ["an empty text", ""],
    ["bytes that are no PEM", der],
    ["a list with one that is none", [pem, "./c.pem"]],
  ] as const) {
    test(`is refused as ${what}, which is not shown`, () => {
      for (const name of ["ca", "cert", "key"])
        assert.throws(() => checkPem({ [name]: value }), {
          name: "StateError",
          code: "INVALID_ARGUMENT",
          message: `tls.${name} has no "-----BEGIN"; it takes PEM, which is what a file holds and not its path, as in readFileSync(path)`,
        });
    });
  }

  test("of what is none at all is left to Node", () => {
    for (const tls of [undefined, {}, { ca: 5 }, { ca: null }]) checkPem(tls);
  });
});
