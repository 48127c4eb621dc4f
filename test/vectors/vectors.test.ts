// Replays every wire vector of this folder at every split of its input. README.md explains the files.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { describe, test } from "node:test";
import type { Role, WebSocketProtocol } from "#src/protocol/index.js";
import { projectPath } from "../support/paths.js";
import { type ProtocolEvent, ProtocolLog } from "../support/protocol-log.js";
import { RunLengthCodec } from "../support/run-length-codec.js";
import { type Line, parseBytes, readVectors, type Vector } from "../support/vectors.js";

/** Inputs up to this long are cut at every place; longer ones near the ends of written lines, and here and there. */
const maxDenseBytes = 600;
/** Inputs up to this long are cut at every two places at once. */
const maxTripleBytes = 48;
/** A prime, so that sparse cuts fall on every masking phase and word alignment. */
const sparseStep = 4099;

function toText(notation: string): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(parseBytes(notation));
}

function parseEvent({ text }: Line): ProtocolEvent {
  const [, type, rest] = /^(\w+)\s*(.*)$/.exec(text) ?? [];
  if (type === "text") return { type, data: toText(rest) };
  if (type === "binary" || type === "ping" || type === "pong") return { type, data: parseBytes(rest) };
  if (type === "close") {
    const [, code, reason] = /^(\d{4})\s*(.*)$/.exec(rest) ?? [];
    return { type, code: Number(code), reason: toText(reason) };
  }
  const [, code, closeCode, section, limit, actual] =
    /^([A-Z0-9_]+) (\d{4})(?: (RFC [^#]*\S)| limit (\d+) actual (\d+))\s*$/.exec(rest) ?? [];
  assert.ok(type === "failed" && code !== undefined, `"${text}" is no event`);
  if (section !== undefined) return { type, code, closeCode: Number(closeCode), section };
  return { type, code, closeCode: Number(closeCode), limit: Number(limit), actual: Number(actual) };
}

/** What each verb of a `do` block does. */
const verbs: Record<string, (machine: WebSocketProtocol, rest: string) => boolean> = {
  text: (machine, rest) => machine.sendText(toText(rest)),
  binary: (machine, rest) => machine.sendBinary(parseBytes(rest)),
  ping: (machine, rest) => machine.sendPing(parseBytes(rest)),
  pong: (machine, rest) => machine.sendPong(parseBytes(rest)),
  begin: (machine, rest) => machine.beginMessage(rest === "binary"),
  fragment: (machine, rest) => machine.sendFragment(parseBytes(rest), false),
  last: (machine, rest) => machine.sendFragment(parseBytes(rest), true),
  close(machine, rest) {
    const [, code, reason] = /^(\d{4})?\s*(.*)$/.exec(rest) ?? [];
    return machine.sendClose(code === undefined ? undefined : Number(code), toText(reason));
  },
};

function act({ machine }: ProtocolLog, { text }: Line): void {
  const [, verb, rest] = /^(\w+)\s*(.*)$/.exec(text) ?? [];
  assert.ok(Object.hasOwn(verbs, verb), `"${text}" is no action`);
  verbs[verb](machine, rest);
}

function numberSetting(vector: Vector, name: string): { [name: string]: number } {
  const value = vector.settings.get(name);
  return value === undefined ? {} : { [name]: Number(value) };
}

function openLog(vector: Vector, isHolding: boolean): ProtocolLog {
  const log = new ProtocolLog({
    role: vector.settings.get("role") as Role,
    limits: { ...numberSetting(vector, "maxMessageBytes"), ...numberSetting(vector, "maxFragments") },
    codec: vector.settings.get("codec") === "run-length" ? new RunLengthCodec() : undefined,
    isHolding,
  });
  for (const line of vector.actions) act(log, line);
  return log;
}

function replay(vector: Vector, expected: ProtocolEvent[], cuts: number[]): void {
  const { received } = vector;
  for (const isHolding of [false, true]) {
    const log = openLog(vector, isHolding);
    const edges = [0, ...cuts, received.length];
    for (let i = 1; i < edges.length; i++) log.receive(received.subarray(edges[i - 1], edges[i]));
    const how = `cut at ${cuts.length > 3 ? "every byte" : cuts.join(", ") || "no byte"}${isHolding ? ", held" : ""}`;
    assert.deepEqual(log.events, expected, `${vector.place}: events, ${how}`);
    assert.deepEqual(log.output.take(), vector.sent, `${vector.place}: bytes sent, ${how}`);
  }
}

function singleCuts({ received, lineEnds }: Vector): number[] {
  const all = Array.from({ length: received.length }, (_, i) => i).slice(1);
  if (received.length <= maxDenseBytes) return all;
  const isNear = (at: number): boolean => lineEnds.some((end) => Math.abs(end - at) <= 16);
  return all.filter((at) => at <= 16 || isNear(at) || at % sparseStep === 0);
}

function replayAtEverySplit(vector: Vector): void {
  const expected = vector.events.map(parseEvent);
  const { length } = vector.received;
  replay(vector, expected, []);
  replay(vector, expected, Array.from({ length }, (_, i) => i).slice(1));
  const cuts = singleCuts(vector);
  for (const cut of cuts) replay(vector, expected, [cut]);
  if (length > maxTripleBytes) return;
  for (const first of cuts) {
    for (let second = first + 1; second < length; second++) replay(vector, expected, [first, second]);
  }
}

function assertKnownSettings({ place, settings }: Vector): void {
  const known = ["role", "maxMessageBytes", "maxFragments", "codec"];
  for (const key of settings.keys()) assert.ok(known.includes(key), `${place}: no setting is named "${key}"`);
  assert.match(settings.get("role") ?? "", /^(?:server|client)$/, `${place}: role`);
}

const paths = readdirSync(projectPath("test/vectors"))
  .filter((name) => name.endsWith(".md") && name !== "README.md")
  .map((name) => projectPath("test/vectors", name));

for (const path of paths) {
  describe(`wire vectors in ${basename(path)}`, () => {
    for (const vector of readVectors(path)) {
      test(vector.name, () => {
        assertKnownSettings(vector);
        replayAtEverySplit(vector);
      });
    }
  });
}

test("every wire vector has a name of its own", () => {
  const names = paths.flatMap((path) => readVectors(path).map((vector) => vector.name));
  assert.ok(names.length >= 150, `${names.length} vectors were found`);
  assert.deepEqual([...new Set(names)], names);
});
