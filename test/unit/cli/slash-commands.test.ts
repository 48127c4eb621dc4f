import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { completeTyped, readTyped, slashCommands, slashHelp } from "#src/cli/connect/slash-commands.js";

describe("what is typed", () => {
  for (const [line, typed] of [
    ["hello", { kind: "message", text: "hello" }],
    [" /ping", { kind: "message", text: " /ping" }],
    ["//usr/bin", { kind: "message", text: "/usr/bin" }],
    ["  ", { kind: "nothing" }],
    ["/ping", { kind: "ping", data: undefined }],
    ["/ping a b ", { kind: "ping", data: "a b" }],
    ["/pong x", { kind: "pong", data: "x" }],
    ["/close", { kind: "close", code: 1000, reason: "" }],
    ["/close 4000 see you", { kind: "close", code: 4000, reason: "see you" }],
    ["/close see you", { kind: "close", code: 1000, reason: "see you" }],
    ["/json", { kind: "json", text: "" }],
    ['/json {"a": 1}', { kind: "json", text: '{"a": 1}' }],
    ["/text", { kind: "message", text: "" }],
    ["/text /ping", { kind: "message", text: "/ping" }],
    ["/help", { kind: "help" }],
    ["/quit", { kind: "quit" }],
    ["/binary ff 00", { kind: "binary", bytes: Uint8Array.of(255, 0) }],
    ["/binary text", { kind: "binary", bytes: new TextEncoder().encode("text") }],
    ['/binary "ff"', { kind: "binary", bytes: new TextEncoder().encode("ff") }],
  ] as const) {
    test(`${JSON.stringify(line)} is ${JSON.stringify(typed)}`, () =>
      assert.deepEqual(readTyped(line), typed));
  }

  for (const line of ["/", "/nope", "/usr/bin/env", "/PING", "/binary"]) {
    test(`${line} is a mistake and not sent`, () => {
      const typed = readTyped(line);
      assert.equal(typed.kind, "problem");
      assert.match("text" in typed ? typed.text : "", line === "/binary" ? /needs bytes/ : /\/help/);
    });
  }

  test("the beginning of a command becomes it, and nothing else does", () => {
    assert.deepEqual(completeTyped("/pi"), [["/ping "], "/pi"]);
    assert.deepEqual(completeTyped("/p")[0], ["/ping ", "/pong "]);
    assert.equal(completeTyped("/")[0].length, slashCommands.length);
    for (const line of ["", "p", "//p", "/ping x"]) assert.deepEqual(completeTyped(line), [[], line]);
  });

  test("help names every command", () => {
    for (const { name } of slashCommands) assert.match(slashHelp(), new RegExp(`^/${name}\\b`, "m"));
  });
});
