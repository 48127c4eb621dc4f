import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigReader } from "#src/cli/proxy/config/config-reader.js";
import { configShape } from "#src/cli/proxy/config/config-table.js";
import { json } from "#src/cli/proxy/config/file-words.js";
import { parseJson } from "#src/cli/proxy/config/json-document.js";
import type { ObjectShape, Shape } from "#src/cli/proxy/config/shape.js";
import { makeCertificates } from "../../../support/certificates.js";
import { hasTool } from "../../../support/outside-process.js";
import { newFolder } from "./config-folder.js";

/** All objects of the table. */
function objectsIn(shape: Shape, found = new Set<ObjectShape>()): ReadonlySet<ObjectShape> {
  if (shape.kind === "object" && !found.has(shape)) {
    found.add(shape);
    for (const field of Object.values(shape.fields)) objectsIn(field.shape, found);
  }
  if ("of" in shape) for (const each of [shape.of].flat()) objectsIn(each, found);
  return found;
}

describe("the table of the config file", () => {
  test("shows of each object an example that can be written so", (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { ca, server } = makeCertificates();
    const folder = newFolder(t, { "ca.pem": ca, "cert.pem": server.cert, "key.pem": server.key });
    for (const shape of objectsIn(configShape)) {
      const { root, mistakes } = parseJson(json(shape.example));
      assert.ok(root && mistakes.length === 0, shape.called);
      const reader = new ConfigReader(folder);
      reader.read(root, shape, shape.called);
      assert.deepEqual(reader.mistakes, [], shape.called);
    }
  });

  test("says of everything what it is, in sentences", () => {
    for (const { called, fields } of objectsIn(configShape))
      for (const [name, { about }] of Object.entries(fields))
        assert.match(about, /^(?:["`A-Z\d]|permessage-deflate|zlib).*\.$/, `${name} of ${called}`);
  });
});
