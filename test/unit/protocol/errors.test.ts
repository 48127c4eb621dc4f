import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  isCloseCode,
  LimitError,
  type LimitErrorCode,
  limitErrorCodes,
  ProtocolError,
  type ProtocolErrorCode,
  protocolErrorCodes,
  StateError,
  type StateErrorCode,
  stateErrorCodes,
  WebSocketError,
} from "#src/protocol/index.js";

describe("errors", () => {
  test("every class is a WebSocketError and an Error, and is named after itself", () => {
    const errors = [
      new StateError("NOT_OPEN", "x"),
      new ProtocolError("MASK_MISSING", "x"),
      new LimitError("MESSAGE_TOO_LARGE", "x", 1, 2),
    ];
    for (const error of errors) {
      assert.ok(error instanceof WebSocketError);
      assert.ok(error instanceof Error);
      assert.equal(error.name, error.constructor.name);
      assert.match(error.stack ?? "", new RegExp(`^${error.name}: x\n`));
    }
  });

  test("a StateError carries its code, its message and its cause", () => {
    for (const code of Object.keys(stateErrorCodes) as StateErrorCode[]) {
      const cause = new Error("why");
      const error = new StateError(code, "what", { cause });
      assert.equal(error.code, code);
      assert.equal(error.message, "what");
      assert.equal(error.cause, cause);
    }
  });

  test("a ProtocolError carries the close code and the section of its table", () => {
    for (const code of Object.keys(protocolErrorCodes) as ProtocolErrorCode[]) {
      const cause = new Error("why");
      const { closeCode, section } = protocolErrorCodes[code];
      const error = new ProtocolError(code, "what", { cause });
      assert.deepEqual(
        { code: error.code, closeCode: error.closeCode, section: error.section, cause: error.cause },
        { code, closeCode, section, cause },
      );
    }
  });

  test("a LimitError carries the close code of its table, the limit and what passed it", () => {
    for (const code of Object.keys(limitErrorCodes) as LimitErrorCode[]) {
      const error = new LimitError(code, "what", 10, 11);
      assert.equal(error.code, code);
      assert.equal(error.closeCode, limitErrorCodes[code].closeCode);
      assert.equal(error.limit, 10);
      assert.equal(error.actual, 11);
    }
  });

  test("every error of the peer has a close code that may be sent and a section of an RFC", () => {
    for (const { closeCode, section } of Object.values(protocolErrorCodes)) {
      assert.ok(isCloseCode(closeCode));
      assert.match(section, /^RFC (?:6455|7692) §\d+(?:\.\d+)*$/);
    }
    for (const { closeCode, option } of Object.values(limitErrorCodes)) {
      assert.ok(isCloseCode(closeCode));
      assert.match(option, /^max[A-Z]/);
    }
  });

  test("every code has a sentence for the documentation", () => {
    const tables: Record<string, { meaning: string }>[] = [
      stateErrorCodes,
      protocolErrorCodes,
      limitErrorCodes,
    ];
    for (const { meaning } of tables.flatMap((table) => Object.values(table)))
      assert.match(meaning, /^[A-Z][^|\n]+\.$/);
  });

  test("codes are stable words in capitals and belong to one table each", () => {
    const codes = [stateErrorCodes, protocolErrorCodes, limitErrorCodes].flatMap((table) =>
      Object.keys(table),
    );
    for (const code of codes) assert.match(code, /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/);
    assert.equal(new Set(codes).size, codes.length);
  });
});
