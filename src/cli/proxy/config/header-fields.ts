// Headers that are set or taken away, in the config file.

import { headerNameProblem, headerValueProblem, type Told, tell, useAs } from "../../../proxy/index.js";
import { fileWords } from "./file-words.js";
import { quote } from "./mistakes.js";
import { either, type Shape } from "./shape.js";

/** "$remote_addr" or "${host}": nginx puts the values of variables there. */
const variable = /\$(?:\{[a-z]\w*\}|[a-z]\w*)/;

const whatItSays: Told = ({ option }) =>
  `take it out, for the proxy itself tells upstreams, by default: see ${option("forwarded")}`;

/** What to do in place of a variable, by the header of a request, in small letters. */
const insteads = new Map<string, Told>([
  ["x-real-ip", useAs("sendRealIp", true)],
  ["x-forwarded-for", whatItSays],
  ["x-forwarded-proto", whatItSays],
  ["x-forwarded-host", whatItSays],
  ["forwarded", whatItSays],
  [
    "host",
    ({ setting }) =>
      `take it out, for upstreams are told the host that the client asked for; ${setting("preserveHost", false)} is for their own`,
  ],
]);

const withoutVariables = "take it out unless that is meant";

function headerChanges(insteadOf: (header: string) => Told): Shape {
  const value: Shape = {
    kind: "text",
    what: "a text",
    check: headerValueProblem,
    // It may be a password, and its name has been told.
    isShown: () => false,
    warning: (given, header) => {
      const [found] = variable.exec(given) ?? [];
      if (found === undefined) return undefined;
      const advice = tell(insteadOf(header), fileWords);
      return `has ${quote(found)}, and there are no variables: it is sent as it stands; ${advice}`;
    },
  };
  return {
    kind: "map",
    of: either(value, { kind: "null" }),
    checkName: headerNameProblem,
    what: 'an object of headers such as { "X-Served-By": "proxy", "Server": null }',
  };
}

export const requestHeaders = headerChanges(
  (header) => insteads.get(header.toLowerCase()) ?? withoutVariables,
);

export const responseHeaders = headerChanges(() => withoutVariables);
