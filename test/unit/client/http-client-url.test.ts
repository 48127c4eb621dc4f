import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HandshakeError, HttpClient } from "sluice";

describe("HttpClient", () => {
  for (const url of ["not a url", "ftp://localhost/"]) {
    test(`rejects a request to ${url} with URL_INVALID`, async () => {
      await assert.rejects(
        new HttpClient().get(url),
        (error) => error instanceof HandshakeError && error.code === "URL_INVALID",
      );
    });
  }
});
