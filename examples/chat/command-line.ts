// What the two programs of this example share: printing that cannot fail, and one line for each mistake.

/** A mistake of whoever called the program: told in one line, exit code 2. */
export class UsageError extends Error {}

/** Lets the program live on when nobody reads what it prints (a closed pipe), or it has no place (a full disk). */
export function ignoreWriteFailures(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}

export function printLine(stream: NodeJS.WriteStream, line: string): void {
  try {
    stream.write(`${line}\n`);
  } catch {
    // Files are written synchronously, and a full disk throws here.
  }
}

/** Runs a program: what it throws becomes one line on stderr and an exit code. */
export async function runProgram(name: string, main: () => Promise<void>): Promise<void> {
  ignoreWriteFailures();
  try {
    await main();
  } catch (thrown) {
    const error = thrown as Error & { code?: unknown };
    const isUsageFault = error instanceof UsageError || String(error.code).startsWith("ERR_PARSE_ARGS");
    // After the first sentence, Node goes on about how dashes are escaped.
    const sentence = error.message.split(/\.?\s*\n|\. /, 1)[0];
    printLine(process.stderr, `${name}: ${sentence}${isUsageFault ? " (--help shows what there is)" : ""}`);
    process.exitCode = isUsageFault ? 2 : 1;
  }
}
