import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as abi from "#src/uring/abi.js";
import * as fake from "../../support/fake-kernel.js";
import { hasTool } from "../../support/outside-process.js";

const headers = [
  "linux/io_uring.h",
  "linux/tls.h",
  "sys/socket.h",
  "netinet/in.h",
  "netinet/tcp.h",
  "poll.h",
  "errno.h",
  "stdio.h",
  "stddef.h",
];

/** Values of C expressions, as the compiler sees them with the system's headers. */
function compiledValues(folder: string, expressions: readonly string[]): number[] {
  const lines = expressions.map((expression) => `printf("%lld\\n", (long long)(${expression}));`);
  const source = join(folder, "values.c");
  const includes = headers.map((header) => `#include <${header}>`).join("\n");
  writeFileSync(
    source,
    `#define _GNU_SOURCE\n${includes}\nint main(void) { ${lines.join("\n")} return 0; }\n`,
  );
  const program = join(folder, "values");
  const compiler = spawnSync("gcc", ["-o", program, source], { encoding: "utf8" });
  assert.equal(compiler.status, 0, compiler.stderr);
  return spawnSync(program, { encoding: "utf8" }).stdout.trim().split("\n").map(Number);
}

test("every number of the kernel's interface is that of the system's headers", (t) => {
  if (process.platform !== "linux" || !hasTool(t, "gcc")) return;
  const folder = mkdtempSync(join(tmpdir(), "sluice-abi-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const numbers: Record<string, number> = { ...abi };
  for (const [name, value] of Object.entries(fake)) {
    if (typeof value !== "number") continue;
    numbers[name.replace(/^OP_/, "IORING_OP_").replace(/^F_/, "IORING_CQE_F_")] = value;
  }
  const names = Object.keys(numbers);
  const values = compiledValues(folder, names);
  for (const [i, name] of names.entries()) assert.equal(numbers[name], values[i], name);
});

test("entries, completions and addresses lie as the system's headers say", (t) => {
  if (process.platform !== "linux" || !hasTool(t, "gcc")) return;
  const folder = mkdtempSync(join(tmpdir(), "sluice-abi-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const entry = ["fd", "off", "addr", "len", "msg_flags", "user_data", "buf_group", "addr_len"];
  const expressions = [
    "sizeof(struct io_uring_sqe)",
    ...entry.map((field) => `offsetof(struct io_uring_sqe, ${field})`),
    "sizeof(struct io_uring_cqe)",
    "offsetof(struct io_uring_cqe, res)",
    "offsetof(struct io_uring_cqe, flags)",
    "sizeof(struct io_uring_buf)",
    "offsetof(struct io_uring_buf, len)",
    "offsetof(struct io_uring_buf, bid)",
    "offsetof(struct io_uring_buf_ring, tail)",
    "sizeof(struct sockaddr_in)",
    "offsetof(struct sockaddr_in, sin_addr)",
    "sizeof(struct sockaddr_in6)",
    "offsetof(struct sockaddr_in6, sin6_addr)",
    "offsetof(struct sockaddr_in6, sin6_scope_id)",
  ];
  assert.deepEqual(
    compiledValues(folder, expressions),
    [64, 4, 8, 16, 24, 28, 32, 40, 44, 16, 8, 12, 16, 8, 12, 14, 16, 4, 28, 8, 24],
  );
});

test("messages with a record's type, and what the kernel is told of keys, lie as the system's headers say", (t) => {
  if (process.platform !== "linux" || !hasTool(t, "gcc")) return;
  const folder = mkdtempSync(join(tmpdir(), "sluice-abi-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const message = ["msg_namelen", "msg_iov", "msg_iovlen", "msg_control", "msg_controllen"];
  const expressions = [
    "sizeof(struct msghdr)",
    ...message.map((field) => `offsetof(struct msghdr, ${field})`),
    "offsetof(struct iovec, iov_len)",
    "sizeof(struct iovec)",
    "offsetof(struct cmsghdr, cmsg_level)",
    "offsetof(struct cmsghdr, cmsg_type)",
    "CMSG_LEN(1)",
    "CMSG_SPACE(1)",
    "sizeof(struct io_uring_recvmsg_out)",
    "offsetof(struct io_uring_recvmsg_out, controllen)",
    "offsetof(struct io_uring_recvmsg_out, payloadlen)",
    "sizeof(struct tls12_crypto_info_aes_gcm_128)",
    "offsetof(struct tls12_crypto_info_aes_gcm_128, key)",
    "offsetof(struct tls12_crypto_info_aes_gcm_128, salt)",
    "offsetof(struct tls12_crypto_info_aes_gcm_128, rec_seq)",
    "sizeof(struct tls12_crypto_info_aes_gcm_256)",
    "sizeof(struct tls12_crypto_info_chacha20_poly1305)",
    "TLS_CIPHER_AES_GCM_128",
    "TLS_CIPHER_AES_GCM_256",
    "TLS_CIPHER_CHACHA20_POLY1305",
  ];
  assert.deepEqual(
    compiledValues(folder, expressions),
    [56, 8, 16, 24, 32, 40, 8, 16, 8, 12, 17, 24, 16, 4, 8, 40, 12, 28, 32, 56, 56, 51, 52, 54],
  );
});
