// The inspector: for now the names of what else there is.

import type { HttpResponse } from "../../server/index.js";

export function inspectorPage(): HttpResponse {
  return {
    headers: { "Content-Type": "text/plain; charset=utf-8" },
    body: "see /metrics and /api/connections\n",
  };
}
