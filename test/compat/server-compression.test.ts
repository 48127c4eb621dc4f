// What a server makes of the offers of permessage-deflate.

import assert from "node:assert/strict";
import { openRaw } from "../support/raw-client.js";
import { upgradeHead } from "../support/wire.js";
import { compare } from "./implementations.js";
import { rawClientOf, startServer } from "./support/peers.js";
import { refusal } from "./support/refusal.js";
import type { Options } from "./support/ws-module.js";

interface Negotiation {
  readonly options?: Options | boolean;
  /** The parameters, as they follow the name. */
  readonly offer: string;
  readonly answer: string;
}

const accepted: Negotiation[] = [
  { offer: "", answer: "" },
  { offer: "; client_max_window_bits", answer: "" },
  { offer: "; client_max_window_bits=12", answer: "; client_max_window_bits=12" },
  { offer: '; client_max_window_bits="12"', answer: "; client_max_window_bits=12" },
  { offer: "; server_max_window_bits=10", answer: "; server_max_window_bits=10" },
  { offer: "; server_no_context_takeover", answer: "; server_no_context_takeover" },
  { offer: "; client_no_context_takeover", answer: "; client_no_context_takeover" },
  {
    offer:
      ";client_max_window_bits=9;server_no_context_takeover ; client_no_context_takeover; server_max_window_bits=15",
    answer:
      "; client_max_window_bits=9; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15",
  },
  { options: { serverNoContextTakeover: true }, offer: "", answer: "; server_no_context_takeover" },
  { options: { clientNoContextTakeover: true }, offer: "", answer: "; client_no_context_takeover" },
  { options: { serverMaxWindowBits: 10 }, offer: "", answer: "; server_max_window_bits=10" },
  {
    options: { serverMaxWindowBits: 12 },
    offer: "; server_max_window_bits=14",
    answer: "; server_max_window_bits=12",
  },
  {
    options: { clientMaxWindowBits: 10 },
    offer: "; client_max_window_bits",
    answer: "; client_max_window_bits=10",
  },
  {
    options: { clientMaxWindowBits: 10 },
    offer: "; client_max_window_bits=15",
    answer: "; client_max_window_bits=10",
  },
  { options: { clientMaxWindowBits: false }, offer: "; client_max_window_bits=12", answer: "" },
  { options: { clientMaxWindowBits: true }, offer: "; client_max_window_bits", answer: "" },
  { options: { clientNoContextTakeover: false }, offer: "", answer: "" },
  {
    options: { serverNoContextTakeover: false },
    offer: "; server_no_context_takeover, permessage-deflate",
    answer: "",
  },
  {
    options: {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 9,
      clientMaxWindowBits: 11,
    },
    offer: "; client_max_window_bits",
    answer:
      "; client_max_window_bits=11; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9",
  },
];

const refused: Omit<Negotiation, "answer">[] = [
  { offer: "; unknown" },
  { offer: "; server_max_window_bits" },
  { offer: "; server_max_window_bits=7" },
  { offer: "; server_max_window_bits=16" },
  { offer: "; client_max_window_bits=7" },
  { offer: "; client_max_window_bits=16" },
  { offer: "; client_max_window_bits=a" },
  { offer: "; client_max_window_bits=9.5" },
  { offer: "; server_no_context_takeover=1" },
  { offer: "; client_no_context_takeover=true" },
  { offer: "; client_no_context_takeover; client_no_context_takeover" },
  { offer: ", permessage-deflate; unknown" },
  { options: { serverNoContextTakeover: false }, offer: "; server_no_context_takeover" },
  { options: { serverMaxWindowBits: false }, offer: "; server_max_window_bits=10" },
  { options: { serverMaxWindowBits: 12 }, offer: "; server_max_window_bits=10" },
  { options: { clientMaxWindowBits: 10 }, offer: "" },
  { options: { clientMaxWindowBits: 12 }, offer: "; client_max_window_bits=10" },
];

await compare("permessage-deflate at a server", (module, check) => {
  for (const { options = true, offer, answer } of accepted) {
    check(`with ${JSON.stringify(options)}, "${offer}" is answered "${answer}"`, async (t) => {
      const asked = { "Sec-WebSocket-Extensions": `permessage-deflate${offer}` };
      const { head, socket } = await rawClientOf(t, module, { perMessageDeflate: options }, asked);
      assert.equal(head.headers.get("sec-websocket-extensions"), `permessage-deflate${answer}`);
      assert.equal(socket.extensions, "permessage-deflate");
    });
  }

  for (const { options = true, offer } of refused) {
    check(`with ${JSON.stringify(options)}, "${offer}" is refused`, async (t) => {
      const { port } = await startServer(t, module, { perMessageDeflate: options });
      const raw = await openRaw(t, { port });
      raw.write(upgradeHead({ "Sec-WebSocket-Extensions": `permessage-deflate${offer}` }));
      assert.equal(
        (await raw.readToEnd()).toString(),
        refusal(400, "Invalid or unacceptable Sec-WebSocket-Extensions header"),
      );
    });
  }

  check("is off unless it is asked for", async (t) => {
    const asked = { "Sec-WebSocket-Extensions": "permessage-deflate" };
    for (const options of [{}, { perMessageDeflate: false }]) {
      const { head, socket } = await rawClientOf(t, module, options, asked);
      assert.equal(head.headers.has("sec-websocket-extensions"), false);
      assert.equal(socket.extensions, "");
    }
  });

  check("is not agreed with who does not offer it, or offers something else", async (t) => {
    for (const extensions of [undefined, "x-webkit-deflate-frame, bbf-usp-protocol"]) {
      const asked = { "Sec-WebSocket-Extensions": extensions };
      const { head, socket } = await rawClientOf(t, module, { perMessageDeflate: true }, asked);
      assert.equal(head.headers.has("sec-websocket-extensions"), false);
      assert.equal(socket.extensions, "");
    }
  });
});
