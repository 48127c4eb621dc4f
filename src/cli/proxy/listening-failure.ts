// Why nothing listens at a place, and what whoever runs the proxy can do about it.

import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { TransportError } from "../../transport/index.js";
import { type ListenPlace, nameOfPlace } from "./listen-text.js";

/** What `act` answers. Where that cannot listen at the place, which is `forWhat`, the failure says so, with what to do. */
export async function listeningAt<T>(place: ListenPlace, forWhat: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    // What else fails has its own words.
    if (!(error instanceof TransportError)) throw error;
    const where = `${nameOfPlace(place)}${forWhat === "" ? "" : `, ${forWhat}`}`;
    const text = `cannot listen on ${where}: ${listeningProblem(place, error.errno) ?? error.message}`;
    throw new TransportError(error.code, text, { cause: error.cause });
  }
}

/** With the system's own name for it; undefined where nothing better is known than what the system says. */
export function listeningProblem(place: ListenPlace, errno: string | undefined): string | undefined {
  const found = "path" in place ? problemOfSocket(place.path, errno) : problemOfPort(place, errno);
  return found && `${found.problem} (${errno}); ${found.advice}`;
}

interface Problem {
  readonly problem: string;
  readonly advice: string;
}

function problemOfPort(
  { port, host }: { port: number; host?: string | undefined },
  errno: string | undefined,
): Problem | undefined {
  switch (errno) {
    case "EADDRINUSE":
      return { problem: "something else listens there", advice: "end that, or take another port" };
    case "EACCES":
    case "EPERM":
      if (port === 0 || port >= 1024) return undefined;
      return {
        problem: "this user may not listen on a port so low",
        advice: "take a higher one, or give the process CAP_NET_BIND_SERVICE",
      };
    case "EADDRNOTAVAIL":
      return {
        problem: `${host} is no address of this machine`,
        advice: "take one that it has, 127.0.0.1 for this machine alone, or 0.0.0.0 for all of them",
      };
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return {
        problem: `the name ${host} has no address`,
        advice: "write it as it is known here, or an address in its place",
      };
    default:
      return undefined;
  }
}

function problemOfSocket(path: string, errno: string | undefined): Problem | undefined {
  switch (errno) {
    case "EADDRINUSE":
      return {
        problem: "the file is there already",
        advice: "end what listens there, or remove the file if nothing does",
      };
    // Of a folder that is not there, Node says EACCES.
    case "EACCES":
    case "EPERM":
    case "ENOENT":
      return problemOfFolder(dirname(path));
    default:
      return undefined;
  }
}

function problemOfFolder(folder: string): Problem {
  if (!existsSync(folder))
    return { problem: `there is no folder ${folder}`, advice: "make it, or take another" };
  return {
    problem: `this user may not make a socket in ${folder}`,
    advice: "take another folder, or change what its owner allows",
  };
}
