// The table as a picture: for each load a group of bars, each server's CPU per message in proportion to the slowest's.

import { parse, View } from "vega";
import { compile } from "vega-lite";

/** @param {{ row: string, server: string, value: number, label: string }[]} values */
export async function plot(values, servers) {
  const slowest = new Map();
  for (const { row, value } of values) slowest.set(row, Math.max(slowest.get(row) ?? 0, value));
  const rowNames = [...slowest.keys()];
  const spec = {
    data: { values: values.map((each) => ({ ...each, share: each.value / slowest.get(each.row) })) },
    background: "white",
    title: {
      text: "Server CPU per message, in proportion to the slowest (shorter is better)",
      anchor: "start",
    },
    facet: {
      row: {
        field: "row",
        type: "nominal",
        sort: rowNames,
        header: { title: null, labelAngle: 0, labelAlign: "left", labelLimit: 320 },
      },
    },
    spacing: 6,
    spec: {
      width: 420,
      height: { step: 13 },
      encoding: {
        y: {
          field: "server",
          type: "nominal",
          sort: servers,
          axis: { title: null, ticks: false, domain: false },
        },
        x: { field: "share", type: "quantitative", axis: null, scale: { domain: [0, 1.15] } },
      },
      layer: [
        {
          mark: { type: "bar", cornerRadiusEnd: 2 },
          encoding: { color: { field: "server", type: "nominal", sort: servers, legend: null } },
        },
        {
          mark: { type: "text", align: "left", dx: 4, fontSize: 10 },
          encoding: { text: { field: "label" } },
        },
      ],
    },
  };
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  return await view.toSVG();
}
