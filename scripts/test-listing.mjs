// A reporter for `node --test` that writes one line of JSON for each test that was skipped or is still to do.
// scripts/test.mjs gives it a file to write to, beside the reporter that people read.

export default async function* listUnfinished(events) {
  for await (const { type, data } of events) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    for (const kind of ["skip", "todo"]) {
      const mark = data[kind];
      if (mark === undefined || mark === false) continue;
      const reason = typeof mark === "string" ? mark : "";
      yield `${JSON.stringify({ kind, name: data.name, file: data.file ?? "", reason })}\n`;
    }
  }
}
