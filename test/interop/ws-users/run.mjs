// node run.mjs NAME: holds one conversation with the packages that are installed beside it, and prints what happened in it,
// a line of JSON for each thing. Whatever differs between any two runs is left out by the conversation.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [name] = process.argv.slice(2);
const path = fileURLToPath(new URL(`conversations/${name}.mjs`, import.meta.url));
if (!existsSync(path)) throw new Error(`there is no conversation ${name}`);
const { converse } = await import(path);

await converse((...values) => {
  process.stdout.write(
    `${JSON.stringify(values, (_, value) => (value === undefined ? "undefined" : value))}\n`,
  );
});
