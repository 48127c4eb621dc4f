// Sending an answer. The head says what the handler said, but where the response ends and whether the connection goes on
// is for the server to say: whatever of the handler's could make a client see another end than there is, is left out when
// it was made for elsewhere (by `fetch`, say) and refused when it is wrong.

import type { ServerResponse } from "node:http";
import { type HeaderList, headerListOf, reasonOf } from "../handshake/index.js";
import {
  checkOptions,
  describeValue,
  invalidArgument,
  type NamesOf,
  type OptionTable,
} from "../protocol/index.js";
import { type AnswerBody, answerBodyOf, type BodySource, checkLength } from "./answer-body.js";
import { AnswerPump, type HeadHook, isOver } from "./answer-pump.js";
import type { HttpResponse } from "./http-exchange.js";
import { isResponse } from "./standard-response.js";

/** What holds for one connection only, and may come from another one (RFC 9110 §7.6.1). */
const hopByHop = new Set(["keep-alive", "trailer", "transfer-encoding"]);

const answerTable: OptionTable = {
  owner: "a response",
  names: { status: true, headers: true, body: true } satisfies NamesOf<HttpResponse>,
  hints: {
    statusCode: "use status",
    code: "use status",
    data: "use body",
    json: "use body: JSON.stringify(…)",
  },
};

/** Sends the answer. Rejects when it cannot be sent or its body fails; resolves too when the client has gone. */
export async function sendAnswer(
  answer: HttpResponse | Response,
  response: ServerResponse,
  beforeHead: HeadHook,
): Promise<void> {
  if (typeof answer !== "object" || answer === null)
    throw invalidArgument(`the handler answered ${typeof answer}, which is no response`);
  const isStandard = isResponse(answer);
  if (!isStandard) checkOptions(answer, answerTable);
  if (isStandard && answer.bodyUsed) throw invalidArgument("the body of the Response has been read already");
  const body = answerBodyOf(answer.body);
  try {
    if (isOver(response)) return;
    const headers = isStandard ? [...answer.headers] : headerListOf(answer.headers);
    response.statusCode = checkStatus(answer.status ?? 200);
    await sendParts(headers, body, response, beforeHead);
  } finally {
    // However it went, nobody will ask for more.
    if (isSource(body.content)) body.content.cancel(undefined);
  }
}

async function sendParts(
  headers: HeaderList,
  body: AnswerBody,
  response: ServerResponse,
  beforeHead: HeadHook,
): Promise<void> {
  const declared = setHeaders(headers, response);
  if (body.type !== undefined && !response.hasHeader("content-type"))
    response.setHeader("Content-Type", body.type);
  if (hasNoContent(response)) endWithoutContent(response, body, declared, beforeHead);
  else if (!isSource(body.content)) {
    checkLength(declared, body.byteLength ?? 0);
    response.setHeader("Content-Length", body.byteLength ?? 0);
    settleHead(response, beforeHead, true);
    response.end(body.content);
  } else {
    if (body.byteLength !== undefined) checkLength(declared, body.byteLength);
    const length = declared ?? body.byteLength;
    if (length !== undefined) response.setHeader("Content-Length", length);
    const settle: HeadHook = (isWhole) => settleHead(response, beforeHead, isWhole);
    await new AnswerPump(body.content, length, response, settle).run();
  }
}

/** Answers with a status and its reason phrase, and then ends the connection. Nothing may have been sent before. */
export function refuse(response: ServerResponse, status: number): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const body = `${reasonOf(status)}\n`;
  const length = { "Content-Type": "text/plain", "Content-Length": body.length };
  response.writeHead(status, { ...length, Connection: "close" });
  response.end(body);
}

function checkStatus(status: number): number {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return status;
  throw invalidArgument(`status ${describeValue(status)} is not a final status from 200 to 599`);
}

/** Puts the headers into the response, and answers the Content-Length that is among them. */
function setHeaders(headers: HeaderList, response: ServerResponse): number | undefined {
  let declared: number | undefined;
  const connection: string[] = [];
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (key === "content-length") {
      const isOther = declared !== undefined && declared !== Number(value);
      if (isOther || !/^\d{1,15}$/.test(value))
        throw invalidArgument(`Content-Length ${describeValue(value)} is no length, or not the only one`);
      declared = Number(value);
    } else if (key === "connection") connection.push(...value.split(",").map((option) => option.trim()));
    else if (!hopByHop.has(key)) response.appendHeader(name, value);
  }
  if (connection.some((option) => /^close$/i.test(option))) response.shouldKeepAlive = false;
  const others = connection.filter((option) => !/^(?:close|keep-alive|)$/i.test(option));
  if (others.length > 0) response.setHeader("Connection", others.join(", "));
  return declared;
}

function hasNoContent({ req, statusCode }: ServerResponse): boolean {
  return req.method === "HEAD" || statusCode === 204 || statusCode === 205 || statusCode === 304;
}

/** The head of what would have been sent. */
function endWithoutContent(
  response: ServerResponse,
  body: AnswerBody,
  declared: number | undefined,
  beforeHead: HeadHook,
): void {
  const { statusCode, req } = response;
  // RFC 9110 §8.6: a response to HEAD or with 304 has the length that the content of a GET would have, or none. A handler
  // that gave no body has not said what that would be.
  let length = declared ?? (req.method === "HEAD" && body.byteLength ? body.byteLength : undefined);
  // RFC 9110 §8.6: "A server MUST NOT send a Content-Length header field in any response with a status code of 1xx
  // (Informational) or 204 (No Content)." §15.3.6: "a server MUST NOT generate content in a 205 response".
  if (statusCode === 204) length = undefined;
  else if (statusCode === 205) length = 0;
  if (length !== undefined) response.setHeader("Content-Length", length);
  settleHead(response, beforeHead, true);
  response.end();
}

/** The last chance to say something in the head. */
function settleHead(response: ServerResponse, beforeHead: HeadHook, isWhole: boolean): void {
  beforeHead(isWhole);
  const connection = response.getHeader("connection");
  if (connection !== undefined && !response.shouldKeepAlive)
    response.setHeader("Connection", `${connection}, close`);
}

function isSource(content: AnswerBody["content"]): content is BodySource {
  return typeof content === "object" && "cancel" in content;
}
