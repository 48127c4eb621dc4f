// Family 13: every window in both directions, with and without context takeover (RFC 7692 §7.1), and offers and answers
// that must be declined.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "sluice";
import { binary, text } from "../support/wire-frame.js";
import { WireListener, WirePeer } from "../support/wire-peer.js";
import { DeflatePeer, noise, wordText } from "./deflate-peer.js";
import { type EchoEnds, type Role, useEchoEnds } from "./echo-ends.js";
import { expectEnding, withSession } from "./wire-case.js";

const roles: readonly Role[] = ["server", "client"];
const timeout = 20_000;

interface Agreement {
  serverBits: number;
  clientBits: number;
  isServerForgetful: boolean;
  isClientForgetful: boolean;
}

function header({ serverBits, clientBits, isServerForgetful, isClientForgetful }: Agreement): string {
  return [
    "permessage-deflate",
    ...(isServerForgetful ? ["server_no_context_takeover"] : []),
    ...(isClientForgetful ? ["client_no_context_takeover"] : []),
    `server_max_window_bits=${serverBits}`,
    `client_max_window_bits=${clientBits}`,
  ].join("; ");
}

/** The parameters of a response, in which an absent window means 15 bits. */
function readAgreement(response: string | undefined): Agreement {
  const [name, ...parameters] = (response ?? "").split(/\s*;\s*/);
  assert.equal(name, "permessage-deflate");
  const values = new Map(
    parameters.map((each): [string, string | undefined] => [each.split("=")[0], each.split("=")[1]]),
  );
  assert.equal(values.size, parameters.length, `a parameter stands twice in ${response}`);
  return {
    serverBits: Number(values.get("server_max_window_bits") ?? 15),
    clientBits: Number(values.get("client_max_window_bits") ?? 15),
    isServerForgetful: values.has("server_no_context_takeover"),
    isClientForgetful: values.has("client_no_context_takeover"),
  };
}

/** Messages go there and back: small and empty ones, longer than the window, repeated, and not compressible. */
async function exchange(ends: EchoEnds, role: Role, agreement: Agreement): Promise<void> {
  await withSession(ends, role, { extensions: header(agreement) }, async (session) => {
    const { serverBits, clientBits, isServerForgetful, isClientForgetful } = agreement;
    if (role === "server") assert.deepEqual(readAgreement(session.peer.extensions), agreement);
    const ofServer = { windowBits: serverBits, isForgetful: isServerForgetful };
    const ofClient = { windowBits: clientBits, isForgetful: isClientForgetful };
    const [sending, receiving] = role === "server" ? [ofClient, ofServer] : [ofServer, ofClient];
    const peer = new DeflatePeer(session, sending, receiving);
    const long = wordText(2 ** (Math.max(serverBits, clientBits) + 1));
    for (const message of [
      text("a"),
      text(""),
      text(long),
      binary(noise(300)),
      text(""),
      text(long),
      binary(long),
    ]) {
      await peer.send(message);
      const { opcode, payload } = await peer.receive();
      assert.equal(opcode, message.opcode);
      assert.ok(payload.equals(message.payload), `${message.payload.length} bytes came back differently`);
    }
    peer.assertWindowKept();
    peer.close();
    await expectEnding(ends, session, "stays open");
  });
}

const bits = [8, 9, 10, 11, 12, 13, 14, 15];
const takeovers: [string, boolean, boolean][] = [
  ["both keep their window", false, false],
  ["the server forgets its window", true, false],
  ["the client forgets its window", false, true],
  ["both forget their window", true, true],
];

describe("family 13, permessage-deflate parameters", () => {
  const ends = useEchoEnds({ compression: { thresholdBytes: 0, serverMaxWindowBits: 15, level: 6 } });
  for (const role of roles) {
    for (const serverBits of bits) {
      for (const clientBits of bits) {
        for (const [label, isServerForgetful, isClientForgetful] of takeovers) {
          // Every pair of windows once, and those of equal or extreme size with every takeover.
          const isSpecial = serverBits === clientBits || Math.abs(serverBits - clientBits) === 7;
          if (!isSpecial && (isServerForgetful || isClientForgetful)) continue;
          const windows = `a server's window of 2^${serverBits} and a client's of 2^${clientBits}`;
          test(`RFC 7692 §7.1: a ${role} works with ${windows}, where ${label}`, { timeout }, () =>
            exchange(ends(), role, { serverBits, clientBits, isServerForgetful, isClientForgetful }),
          );
        }
      }
    }
  }
});

/** What a server that is ready for compression must pass over (RFC 7692 §7). */
const declined = [
  "permessage-deflate; server_max_window_bits",
  "permessage-deflate; server_max_window_bits=7",
  "permessage-deflate; server_max_window_bits=16",
  "permessage-deflate; server_max_window_bits=08",
  "permessage-deflate; server_max_window_bits=1e1",
  "permessage-deflate; client_max_window_bits=7",
  "permessage-deflate; client_max_window_bits=16",
  "permessage-deflate; client_max_window_bits=x",
  "permessage-deflate; server_no_context_takeover=1",
  "permessage-deflate; client_no_context_takeover=true",
  "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
  "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
  "permessage-deflate; unknown",
  "permessage-deflate; constructor=1",
  "permessage-bzip2",
  "x-webkit-deflate-frame",
];

const accepted: [string, Partial<Agreement>][] = [
  ["permessage-deflate", {}],
  ["permessage-deflate; client_max_window_bits", {}],
  ['permessage-deflate; client_max_window_bits="10"', { clientBits: 10 }],
  ['permessage-deflate; server_max_window_bits="9"', { serverBits: 9 }],
  [
    "permessage-deflate;server_no_context_takeover;client_no_context_takeover",
    { isServerForgetful: true, isClientForgetful: true },
  ],
  ["permessage-bzip2, permessage-deflate; server_max_window_bits=11", { serverBits: 11 }],
  [
    "permessage-deflate; client_max_window_bits=99, permessage-deflate; client_max_window_bits=9",
    { clientBits: 9 },
  ],
  [
    "permessage-deflate; unknown, permessage-deflate; server_no_context_takeover",
    { isServerForgetful: true },
  ],
  [
    "permessage-deflate; server_max_window_bits=9, permessage-deflate; server_max_window_bits=10",
    { serverBits: 9 },
  ],
];

describe("family 13, permessage-deflate offers", () => {
  const ends = useEchoEnds({ compression: { thresholdBytes: 0, serverMaxWindowBits: 15 } });
  for (const offer of declined) {
    test(`RFC 7692 §5, §7: a server declines "${offer}" and goes on without compression`, { timeout }, () =>
      withSession(ends(), "server", { extensions: offer }, async (session) => {
        assert.equal(session.peer.extensions, undefined);
        await expectEnding(ends(), session, "stays open");
      }),
    );
    test(`RFC 7692 §5, §7: a server passes over "${offer}" for an offer behind it`, { timeout }, () =>
      withSession(ends(), "server", { extensions: `${offer}, permessage-deflate` }, async (session) => {
        assert.equal(session.peer.extensions, "permessage-deflate");
        await expectEnding(ends(), session, "stays open");
      }),
    );
  }
  for (const [offer, expected] of accepted) {
    test(`RFC 7692 §5, §7.1: a server accepts "${offer}"`, { timeout }, () =>
      withSession(ends(), "server", { extensions: offer }, async (session) => {
        const agreement = {
          serverBits: 15,
          clientBits: 15,
          isServerForgetful: false,
          isClientForgetful: false,
        };
        assert.deepEqual(readAgreement(session.peer.extensions), { ...agreement, ...expected });
        await expectEnding(ends(), session, "stays open");
      }),
    );
  }
});

/** Answers that a client must not accept, and what it had asked for. */
const refused: [string, object][] = [
  ["permessage-deflate; client_max_window_bits", {}],
  ["permessage-deflate; server_max_window_bits=16", {}],
  ["permessage-deflate; server_max_window_bits=7", {}],
  ["permessage-deflate; server_max_window_bits", {}],
  ["permessage-deflate; client_max_window_bits=0", {}],
  ["permessage-deflate; server_no_context_takeover=1", {}],
  ["permessage-deflate; client_no_context_takeover; client_no_context_takeover", {}],
  ["permessage-deflate; unknown", {}],
  ["permessage-deflate, permessage-deflate", {}],
  ["permessage-deflate, x-frames", {}],
  ["x-frames, permessage-deflate", {}],
  ["permessage-bzip2", {}],
  ["permessage-deflate", { serverMaxWindowBits: 10 }],
  ["permessage-deflate; server_max_window_bits=11", { serverMaxWindowBits: 10 }],
  ["permessage-deflate", { serverNoContextTakeover: true }],
];

describe("family 13, permessage-deflate answers", () => {
  for (const [answer, compression] of refused) {
    const asked =
      Object.keys(compression).length === 0 ? "" : ` when it asked for ${JSON.stringify(compression)}`;
    test(`RFC 7692 §5, §7: a client fails the handshake on "${answer}"${asked}`, {
      timeout,
    }, async () => {
      const listener = await WireListener.listen();
      const accepting = listener.accept();
      const connecting = connect(listener.url, { compression });
      const peer = await WirePeer.answer(await accepting, () => answer);
      await assert.rejects(connecting, { name: "HandshakeError" });
      assert.equal(await peer.nextFrame(), undefined);
      peer.destroy();
      listener.close();
    });
  }
});
