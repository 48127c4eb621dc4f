import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { missingKernelTls } from "#src/uring/index.js";
import type { NativeCalls } from "#src/uring/native-calls.js";

/** The kernel's answers to a socket, and to TLS upon it. Says which descriptors were closed. */
function played(socket: number, option: number): { native: NativeCalls; closed: number[] } {
  const closed: number[] = [];
  const native = {
    socketOpen: () => socket,
    socketSetBytes: () => option,
    descriptorClose: (fd: number) => closed.push(fd),
  };
  return { native: native as unknown as NativeCalls, closed };
}

describe("kernel TLS", { skip: process.platform !== "linux" && "the kernel is Linux's" }, () => {
  for (const [what, option] of [
    ["takes it", 0],
    ["wants a connection first", -107],
  ] as const) {
    test(`is there when the kernel ${what}`, () => {
      const { native, closed } = played(7, option);
      assert.equal(missingKernelTls(native), undefined);
      assert.deepEqual(closed, [7]);
    });
  }

  test("is missing with what to do when the kernel knows no such thing", () => {
    const { native, closed } = played(7, -2);
    assert.match(missingKernelTls(native) ?? "", /module `tls` is not loaded.*modprobe tls.*CONFIG_TLS/);
    assert.deepEqual(closed, [7]);
  });

  test("is missing with the kernel's own word for other refusals", () => {
    assert.equal(
      missingKernelTls(played(7, -92).native),
      "the kernel has no TLS for TCP: setsockopt ENOPROTOOPT",
    );
    const { native, closed } = played(-24, 0);
    assert.equal(missingKernelTls(native), "the kernel has no TLS for TCP: setsockopt EMFILE");
    assert.deepEqual(closed, []);
  });

  test("is missing where there is no addon, with the addon's reason", () => {
    assert.equal(missingKernelTls("the native addon is not built"), "the native addon is not built");
  });
});
