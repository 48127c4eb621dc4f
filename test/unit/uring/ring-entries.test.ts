// The bytes of every operation's entry, by struct io_uring_sqe of linux/io_uring.h:
//
//   0 opcode (1)   1 flags (1)   2 ioprio (2)   4 fd (4)   8 off (8)   16 addr (8)   24 len (4)   28 msg_flags,
//   accept_flags, cancel_flags, poll32_events (4)   32 user_data (8)   40 buf_group (2)   42 personality (2)   44 file_index (4)   48 (16)

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RingSetup } from "#src/uring/native-calls.js";
import { Ring } from "#src/uring/ring.js";
import { FakeKernel } from "../../support/fake-kernel.js";

const FD = 0x0102_0304;
const SLOT = 0x11;
const KIND = 0x22;

/** What is not named is zero. */
type Fields = Partial<Record<"opcode" | "flags" | "ioprio" | "fd" | "off" | "addr", string>> &
  Partial<Record<"len" | "operationFlags" | "userData" | "group", string>>;

function entry(fields: Fields): string {
  const { opcode = "00", flags = "00", ioprio = "0000", fd = "04030201" } = fields;
  const {
    off = "00".repeat(8),
    addr = "00".repeat(8),
    len = "00000000",
    operationFlags = "00000000",
  } = fields;
  const { userData = "1100000022000000", group = "0000" } = fields;
  return [opcode, flags, ioprio, fd, off, addr, len, operationFlags, userData, group, "00".repeat(22)].join(
    "",
  );
}

function accept(fields: Fields): string {
  return entry({ opcode: "0d", ioprio: "0100", userData: "1100000022000080", ...fields });
}

/** The bytes that the kernel takes for what `submit` submits, in hex. */
function submittedBytes(submit: (ring: Ring, kernel: FakeKernel) => void): string {
  const kernel = new FakeKernel();
  const ring = new Ring(kernel, kernel.ringSetup() as RingSetup);
  submit(ring, kernel);
  assert.equal(ring.unsubmitted, 1);
  assert.equal(ring.enter(), 0);
  assert.equal(ring.unsubmitted, 0);
  assert.equal(kernel.ring.taken.length, 1);
  return Buffer.from(kernel.ring.taken[0].bytes).toString("hex");
}

describe("an entry of the submission queue", () => {
  test("accepts many times, with flags for what is accepted", () => {
    const bytes = submittedBytes((ring) => ring.accept(FD, 0x8_0000, SLOT, KIND));
    // IORING_OP_ACCEPT, IORING_ACCEPT_MULTISHOT in ioprio, SOCK_CLOEXEC in accept_flags, and for the addon a bit that says
    // that results are descriptors.
    assert.equal(bytes, accept({ operationFlags: "00000800" }));
  });

  test("polls once, with the events where other operations have their flags", () => {
    const bytes = submittedBytes((ring) => ring.poll(FD, 0x2001, SLOT, KIND));
    // IORING_OP_POLL_ADD, POLLIN | POLLRDHUP in poll32_events.
    assert.equal(bytes, entry({ opcode: "06", operationFlags: "01200000" }));
  });

  test("connects to an address whose length lies where the offset does", () => {
    const address = new Uint8Array(28);
    const bytes = submittedBytes((ring, kernel) => {
      ring.connect(FD, address, SLOT, KIND);
      assert.equal(kernel.addressOf(address), 0x7f12_8000_0000);
    });
    assert.equal(bytes, entry({ opcode: "10", addr: "00000080127f0000", off: "1c00000000000000" }));
  });

  test("receives many times into buffers of a group", () => {
    const bytes = submittedBytes((ring) => ring.receive(FD, 0x1234, SLOT, KIND));
    // IORING_OP_RECV, IOSQE_BUFFER_SELECT in flags, IORING_RECV_MULTISHOT in ioprio.
    assert.equal(bytes, entry({ opcode: "1b", flags: "20", ioprio: "0200", group: "3412" }));
  });

  test("sends from an address of more than 32 bits", () => {
    const bytes = submittedBytes((ring) => ring.send(FD, 0x7fff_8765_4321, 0x0001_0203, 0x4040, SLOT, KIND));
    assert.equal(
      bytes,
      entry({ opcode: "1a", addr: "21436587ff7f0000", len: "03020100", operationFlags: "40400000" }),
    );
  });

  test("cancels one operation by what it was submitted with", () => {
    const bytes = submittedBytes((ring) => ring.cancel(0x33, 0x44, SLOT, KIND));
    assert.equal(bytes, entry({ opcode: "0e", fd: "ffffffff", addr: "3300000044000000" }));
  });

  test("cancels every operation on a descriptor", () => {
    const bytes = submittedBytes((ring) => ring.cancelDescriptor(FD, SLOT, KIND));
    // IORING_ASYNC_CANCEL_ALL and IORING_ASYNC_CANCEL_FD in cancel_flags.
    assert.equal(bytes, entry({ opcode: "0e", operationFlags: "03000000" }));
  });

  test("has nothing left in it of what was there before", () => {
    const kernel = new FakeKernel({ entries: 1 });
    const ring = new Ring(kernel, kernel.ringSetup() as RingSetup);
    ring.send(FD, 0x7fff_ffff_ffff, 0x7fff_ffff, 0x7fff_ffff, SLOT, KIND);
    ring.enter();
    ring.accept(FD, 0, SLOT, KIND);
    ring.enter();
    const [, second] = kernel.ring.taken;
    assert.equal(Buffer.from(second.bytes).toString("hex"), accept({}));
  });

  test("is the same when the queue had no room for it", () => {
    const kernel = new FakeKernel({ entries: 1 });
    const ring = new Ring(kernel, kernel.ringSetup() as RingSetup);
    const address = new Uint8Array(16);
    kernel.ring.enterAnswers.push(-16, -16, -16, -16, -16, -16);
    ring.accept(FD, 0x8_0000, SLOT, KIND);
    ring.accept(FD, 0x8_0000, SLOT, KIND);
    ring.connect(FD, address, SLOT, KIND);
    ring.receive(FD, 0x1234, SLOT, KIND);
    ring.send(FD, 0x7fff_8765_4321, 0x0001_0203, 0x4040, SLOT, KIND);
    ring.cancel(0x33, 0x44, SLOT, KIND);
    ring.cancelDescriptor(FD, SLOT, KIND);
    assert.equal(ring.unsubmitted, 7);
    assert.equal(kernel.ring.taken.length, 0);
    assert.equal(ring.enter(), 0);
    assert.deepEqual(
      kernel.ring.taken.map(({ bytes }) => Buffer.from(bytes).toString("hex")),
      [
        accept({ operationFlags: "00000800" }),
        accept({ operationFlags: "00000800" }),
        entry({ opcode: "10", addr: "00000080127f0000", off: "1000000000000000" }),
        entry({ opcode: "1b", flags: "20", ioprio: "0200", group: "3412" }),
        entry({ opcode: "1a", addr: "21436587ff7f0000", len: "03020100", operationFlags: "40400000" }),
        entry({ opcode: "0e", fd: "ffffffff", addr: "3300000044000000" }),
        entry({ opcode: "0e", operationFlags: "03000000" }),
      ],
    );
  });
});
