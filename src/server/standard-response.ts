/**
 * Whether an application answered with a WHATWG Response, of Node's or anybody's making. It is known by its tag: naming the
 * class would load Node's HTTP client with it, for every program, and there is none where WebAssembly is missing.
 */
export function isResponse(answer: unknown): answer is Response {
  return (
    typeof answer === "object" &&
    answer !== null &&
    (answer as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "Response"
  );
}
