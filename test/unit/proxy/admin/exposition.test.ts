import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeFamilies, encodeLabels } from "#src/proxy/admin/exposition.js";

describe("the text format of Prometheus", () => {
  test("has help and type before the samples of a family", () => {
    const samples = [
      { value: 3 },
      { suffix: "_bucket", labels: encodeLabels({ le: "+Inf", route: "a" }), value: 0.5 },
    ];
    assert.equal(
      encodeFamilies([{ name: "x_total", type: "counter", help: "How many.", samples }]),
      '# HELP x_total How many.\n# TYPE x_total counter\nx_total 3\nx_total_bucket{le="+Inf",route="a"} 0.5\n',
    );
  });

  test("escapes what would end a label or a line", () => {
    const samples = [{ labels: encodeLabels({ route: 'a"b\\c\nd' }), value: 1 }];
    assert.equal(
      encodeFamilies([{ name: "x", type: "gauge", help: "one\ntwo \\", samples }]),
      '# HELP x one\\ntwo \\\\\n# TYPE x gauge\nx{route="a\\"b\\\\c\\nd"} 1\n',
    );
  });

  test("says nothing of a family without samples, and spells infinity as it is read", () => {
    const empty = { name: "x", type: "gauge", help: "none", samples: [] } as const;
    const endless = { name: "y", type: "gauge", help: "much", samples: [{ value: Infinity }] } as const;
    assert.equal(encodeFamilies([empty, endless]), "# HELP y much\n# TYPE y gauge\ny +Inf\n");
  });
});
