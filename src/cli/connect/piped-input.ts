// What comes through a pipe: each line is a message, taken when it can be sent. With --binary and raw bytes, all of it is one.

import type { Console } from "../command.js";
import { readLines } from "../line-reader.js";
import { describeInputFailure } from "../standard-input.js";
import type { SessionSettings } from "./connect-settings.js";
import { ConnectExit } from "./failure.js";
import { readOutgoing } from "./outgoing.js";
import type { Session } from "./session.js";
import type { View } from "./view.js";

/** Resolves when the input has ended and was sent, or the session is over. Never rejects. */
export async function sendPipe(
  { stdin }: Console,
  session: Session,
  settings: SessionSettings,
  view: View,
): Promise<void> {
  try {
    if (!(await session.isOpen())) return;
    for (const message of settings.firstMessages) await sendLine(message, session, settings, view, "-x");
    const isOneMessage = settings.isBinary && (settings.encoding ?? "raw") === "raw";
    if (isOneMessage) await sendWhole(stdin, session);
    else await sendLines(stdin, session, settings, view);
  } catch (error) {
    view.problem(describeInputFailure(error));
    session.fail(ConnectExit.FAILED);
  }
  await session.inputEnded();
}

async function sendLines(
  stdin: AsyncIterable<Uint8Array>,
  session: Session,
  settings: SessionSettings,
  view: View,
): Promise<void> {
  let number = 0;
  const onReplaced = (line: number): void => {
    const what = `line ${line} of the input is no UTF-8, and U+FFFD is sent for what is not`;
    if (!settings.isBinary) view.problem(`${what}; --binary sends bytes as they are`);
  };
  for await (const line of readLines(stdin, onReplaced)) {
    number++;
    if (!(await sendLine(line, session, settings, view, `line ${number}`))) return;
  }
}

/** Answers false when nothing more can be sent. */
async function sendLine(
  line: string,
  session: Session,
  settings: SessionSettings,
  view: View,
  what: string,
): Promise<boolean> {
  const outgoing = readOutgoing(line, settings);
  if ("data" in outgoing) return session.send(outgoing.data);
  // Who feeds a program cannot correct a line: better to stop than to leave out a message in the middle.
  view.problem(`${what} is ${outgoing.problem}; nothing after it is sent`);
  session.fail(ConnectExit.FAILED);
  return false;
}

/** An empty pipe is no message. */
async function sendWhole(stdin: AsyncIterable<Uint8Array>, session: Session): Promise<void> {
  const parts = stdin[Symbol.asyncIterator]();
  const first = await parts.next();
  if (first.done === true) return;
  await session.sendStream(
    (async function* () {
      yield first.value;
      for (let part = await parts.next(); part.done !== true; part = await parts.next()) yield part.value;
    })(),
  );
}
