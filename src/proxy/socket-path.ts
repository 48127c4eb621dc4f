// What the kernel takes for the path of a unix socket. What is too long would be cut without a word.

/** sun_path has 108 bytes on Linux and 104 on others, the zero byte at the end included. */
const MAX_PATH_BYTES = process.platform === "linux" ? 107 : 103;

/** What is wrong with it, with what to do; undefined for nothing. A name that begins with a zero byte is Linux's abstract kind. */
export function socketPathProblem(path: string): string | undefined {
  if (path.includes("\0", 1)) return "has a zero byte, where the kernel would end the path; take it out";
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_PATH_BYTES) return undefined;
  return `has a path of ${bytes} bytes, and the kernel takes at most ${MAX_PATH_BYTES}; use a shorter one`;
}
