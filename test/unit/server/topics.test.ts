import assert from "node:assert/strict";
import { test } from "node:test";
import type { SendResult, SharedMessage } from "#src/connection/index.js";
import type { MessageCodec } from "#src/protocol/index.js";
import { Topics } from "#src/server/topics.js";

/** As much of a connection as topics see. */
function member(encodingGroup: string | undefined) {
  const frames: Uint8Array[] = [];
  const codec =
    encodingGroup === undefined
      ? undefined
      : ({
          encodingGroup,
          isWorthwhile: (length: number) => length > 3,
          encodeAlone: (payload: Uint8Array) => Uint8Array.from(payload, (byte) => byte ^ 0xff),
        } as MessageCodec);
  const connection = {
    frames,
    deliver(message: SharedMessage): SendResult {
      frames.push(message.frameFor(codec));
      return "sent";
    },
  };
  return connection;
}

test("a message is encoded once for all that can share its frame", () => {
  const topics = new Topics();
  const groups = [undefined, undefined, "12", "12", "15"].map(member);
  for (const each of groups) topics.subscribe(each, "t");
  assert.equal(topics.publish("t", "hello", {}, undefined), 5);
  const [plain, alsoPlain, small, alsoSmall, large] = groups.map(({ frames }) => frames[0]);
  assert.equal(plain, alsoPlain);
  assert.equal(small, alsoSmall);
  assert.notEqual(small, large);
  assert.notDeepEqual(small, plain);
});

test("what is not worth compressing is one frame for everybody", () => {
  const topics = new Topics();
  const groups = [undefined, "12"].map(member);
  for (const each of groups) topics.subscribe(each, "t");
  topics.publish("t", "hi", {}, undefined);
  assert.equal(groups[0].frames[0], groups[1].frames[0]);
  topics.publish("t", "hi", { compress: true }, undefined);
  assert.notEqual(groups[0].frames[1], groups[1].frames[1]);
});

test("forgetting a member leaves nothing of it in any topic", () => {
  const topics = new Topics();
  const [leaving, staying] = [member(undefined), member(undefined)];
  for (const topic of ["a", "b"]) {
    topics.subscribe(leaving, topic);
    topics.subscribe(staying, topic);
  }
  topics.forget(leaving);
  topics.unsubscribe(leaving, "a");
  assert.equal(topics.isSubscribed(leaving, "a"), false);
  assert.equal(topics.publish("a", "x", {}, undefined), 1);
  topics.forget(staying);
  assert.equal(topics.publish("b", "x", {}, undefined), 0);
});

test("joining twice is joining once", () => {
  const topics = new Topics();
  const each = member(undefined);
  topics.subscribe(each, "t");
  topics.subscribe(each, "t");
  assert.equal(topics.publish("t", "x", {}, undefined), 1);
  topics.unsubscribe(each, "t");
  assert.equal(topics.publish("t", "x", {}, undefined), 0);
});
