import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Guest } from "../support/chat-guest.js";
import { startChat } from "../support/terminal.js";

describe("chat room", () => {
  test("gives each name to one person only, whatever its case or width", async (t) => {
    const { url } = await startChat(t);
    const names: (string | undefined)[] = [];
    for (const name of ["Ada", "ada", "ＡＤＡ", "Grace", "x".repeat(24), "x".repeat(24)]) {
      names.push((await (await Guest.join(t, url, name)).next("joined")).name);
    }
    assert.deepEqual(names, ["Ada", "ada-2", "ＡＤＡ-3", "Grace", "x".repeat(24), `${"x".repeat(22)}-2`]);
  });

  test("says who comes, who leaves and who is renamed", async (t) => {
    const { url } = await startChat(t);
    const ada = await Guest.join(t, url, "ada");
    await ada.next("joined");
    const grace = await Guest.join(t, url, "grace");
    const arrival = await ada.next("presence");
    assert.deepEqual([arrival.event, arrival.name, arrival.members], ["joined", "grace", ["ada", "grace"]]);
    grace.send({ type: "rename", name: "ADA" });
    assert.equal(await grace.nextCode(), "name-taken");
    grace.send({ type: "rename", name: "Grace H." });
    const renaming = await ada.next("presence");
    assert.deepEqual([renaming.event, renaming.formerName, renaming.name], ["renamed", "grace", "Grace H."]);
    grace.ws.terminate();
    const leaving = await ada.next("presence");
    assert.deepEqual([leaving.event, leaving.name, leaving.members], ["left", "Grace H.", ["ada"]]);
  });

  test("hears nothing of other rooms, and can be left for one", async (t) => {
    const { url } = await startChat(t);
    const ada = await Guest.join(t, url, "ada", "tea");
    const grace = await Guest.join(t, url, "grace", "coffee");
    await grace.next("joined");
    grace.send({ type: "say", text: "in the other room" });
    await grace.next("message");
    grace.send({ type: "join", room: "TEA", name: "grace" });
    grace.send({ type: "say", text: "in this room" });
    assert.equal((await ada.next("message")).text, "in this room");
    const { history = [] } = await (await Guest.join(t, url, "edith", "coffee")).next("joined");
    assert.deepEqual(
      history.map(({ text: words }) => words),
      ["in the other room"],
    );
  });

  test("gives the place of a lost connection back to whoever knows its session", async (t) => {
    const { url } = await startChat(t);
    const witness = await Guest.join(t, url, "grace");
    await witness.next("joined");
    const session = "0123456789abcdef";
    const lost = await Guest.join(t, url, "ada", "tea", session);
    assert.equal((await witness.next("presence")).event, "joined");
    const back = await Guest.join(t, url, "ada", "tea", session);
    const { name, members } = await back.next("joined");
    assert.deepEqual([name, members], ["ada", ["grace", "ada"]]);
    assert.equal((await lost.ws.closed).code, 4001);
    const stranger = await Guest.join(t, url, "ada", "tea", "fedcba9876543210");
    assert.equal((await stranger.next("joined")).name, "ada-2");
    // Nothing was said of the exchange: what comes next is the stranger.
    assert.equal((await witness.next("presence")).name, "ada-2");
  });
});
