// Assembles src/host/unmask.wat into src/host/unmask-module.ts. With --check it only tells whether they agree.
import { readFile, writeFile } from "node:fs/promises";
import wabtFactory from "wabt";

const source = new URL("../src/host/unmask.wat", import.meta.url);
const target = new URL("../src/host/unmask-module.ts", import.meta.url);

const wabt = await wabtFactory();
const module = wabt.parseWat("unmask.wat", await readFile(source, "utf8"), { simd: true });
const base64 = Buffer.from(module.toBinary({}).buffer).toString("base64");
const lines = base64.match(/.{1,96}/g).map((line) => `  "${line}",`);
const text = `// Made from unmask.wat by scripts/assemble-unmask.mjs; change that file and run \`npm run assemble\`.

/** The WebAssembly module, in base64. */
export const unmaskModule = [
${lines.join("\n")}
].join("");
`;
if (process.argv.includes("--check")) {
  if ((await readFile(target, "utf8")) !== text) {
    process.stderr.write("src/host/unmask-module.ts does not match unmask.wat: run `npm run assemble`\n");
    process.exit(1);
  }
} else await writeFile(target, text);
