import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { agreementOf } from "#src/endpoint/agreement.js";
import { compression } from "./endpoint-pair.js";

const parameters = {
  clientMaxWindowBits: 15,
  serverMaxWindowBits: 9,
  clientNoContextTakeover: true,
  serverNoContextTakeover: false,
};
const element = {
  name: "permessage-deflate",
  parameters: [
    { name: "client_no_context_takeover", value: true as const },
    { name: "server_max_window_bits", value: "9" },
  ],
};
const accepted = { parameters, element };

describe("agreement", () => {
  test("has no extension and no codec where one end has no compression", () => {
    const none = { protocol: "chat", extensions: "", codec: undefined };
    assert.deepEqual(agreementOf("client", "chat", undefined, undefined), none);
    assert.deepEqual(agreementOf("server", "chat", undefined, compression()), none);
    assert.deepEqual(agreementOf("client", "chat", accepted, undefined), none);
  });

  test("says the extension as the response says it", () => {
    const { extensions } = agreementOf("client", "", accepted, compression());
    assert.equal(extensions, "permessage-deflate; client_no_context_takeover; server_max_window_bits=9");
  });

  test("has a codec for its role, with the parameters agreed and the options of this end", () => {
    const level = 7;
    const client = agreementOf("client", "", accepted, compression({ level })).codec;
    const server = agreementOf("server", "", accepted, compression({ level })).codec;
    assert.equal(client?.encodingGroup, "15/7/5");
    assert.equal(server?.encodingGroup, "9/7/5");
  });

  test("asks its engine for nothing before there is something to compress", () => {
    const unused = new Proxy(compression().engine, { get: (_, name) => assert.fail(String(name)) });
    const { codec } = agreementOf("server", "", accepted, { options: {}, engine: unused });
    codec?.dispose();
  });
});
