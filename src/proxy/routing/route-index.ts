// Routes by their hosts and paths, so that looking for one costs the same beside ten others and beside ten thousand: whatever
// matches is found under a name that can be told from the host and the path that are asked for.

import type { RoutePattern } from "./route-pattern.js";

/** Where any host will do; none has this name. */
const ANY_HOST = "";
/** Where any path will do; none has this prefix. */
const ANY_PATH = "";

export class RouteIndex<Item> {
  readonly #hosts = new Map<string, PathIndex<Item>>();
  /** Whoever asks may have a host of any length, and what is longer than all that is here needs not be looked for. */
  #longestHost = 0;
  #size = 0;

  /** Comes after all that are here already. */
  add({ hosts, path, pathPrefix = ANY_PATH }: RoutePattern, item: Item): void {
    const entry = { order: this.#size++, item };
    for (const host of hosts.length === 0 ? [ANY_HOST] : hosts) {
      this.#longestHost = Math.max(this.#longestHost, host.length);
      this.#pathsOf(host).add(path, pathPrefix, entry);
    }
  }

  /** The first that has requests for this path, `host` in lower case. */
  find(host: string, path: string): Item | undefined {
    return this.#first(host, (paths, best) => paths.before(best, path, true))?.item;
  }

  /** The first that has whatever this pattern could have for the host, which may be a domain with "*."; undefined is any host. */
  findWhole(host: string | undefined, { path, pathPrefix = "/" }: RoutePattern): Item | undefined {
    const isOne = path !== undefined;
    return this.#first(host, (paths, best) => paths.before(best, path ?? pathPrefix, isOne))?.item;
  }

  #pathsOf(host: string): PathIndex<Item> {
    const known = this.#hosts.get(host);
    if (known !== undefined) return known;
    const made = new PathIndex<Item>();
    this.#hosts.set(host, made);
    return made;
  }

  #first(host: string | undefined, look: Look<Item>): Entry<Item> | undefined {
    const any = this.#hosts.get(ANY_HOST);
    let best = any && look(any, undefined);
    if (host === undefined || this.#longestHost === 0) return best;
    const consider = (name: string): void => {
      const paths = this.#hosts.get(name);
      if (paths !== undefined) best = look(paths, best);
    };
    if (host !== ANY_HOST && host.length <= this.#longestHost) consider(host);
    // Domains: "*.b.c" has "a.b.c", and not ".b.c".
    const shortest = Math.max(1, host.length - this.#longestHost + 1);
    for (let dot = host.indexOf(".", shortest); dot > 0; dot = host.indexOf(".", dot + 1))
      consider(`*${host.slice(dot)}`);
    return best;
  }
}

interface Entry<Item> {
  readonly order: number;
  readonly item: Item;
}

/** The best so far, or one of these that comes before it. */
type Look<Item> = (paths: PathIndex<Item>, best: Entry<Item> | undefined) => Entry<Item> | undefined;

/** The routes of one host. Of those that have the same, only the first is ever found, and kept. */
class PathIndex<Item> {
  readonly #exact = new Map<string, Entry<Item>>();
  readonly #prefixes = new Map<string, Entry<Item>>();
  #longestPrefix = 0;

  add(path: string | undefined, prefix: string, entry: Entry<Item>): void {
    const [entries, key] = path === undefined ? [this.#prefixes, prefix] : [this.#exact, path];
    if (!entries.has(key)) entries.set(key, entry);
    if (path === undefined) this.#longestPrefix = Math.max(this.#longestPrefix, prefix.length);
  }

  /** `isOne`: the path alone, and not what is below it. */
  before(best: Entry<Item> | undefined, path: string, isOne: boolean): Entry<Item> | undefined {
    let first = best;
    const consider = (entry: Entry<Item> | undefined): void => {
      if (entry !== undefined && (first === undefined || entry.order < first.order)) first = entry;
    };
    if (isOne && this.#exact.size > 0) consider(this.#exact.get(path));
    if (this.#prefixes.size === 0) return first;
    consider(this.#prefixes.get(ANY_PATH));
    if (path.length <= this.#longestPrefix) consider(this.#prefixes.get(path));
    // "/api" has "/api/v1" and not "/apix"; "/api/" has neither it nor "/api".
    for (let slash = path.indexOf("/"); slash >= 0 && slash <= this.#longestPrefix; ) {
      if (slash > 0) consider(this.#prefixes.get(path.slice(0, slash)));
      consider(this.#prefixes.get(path.slice(0, slash + 1)));
      slash = path.indexOf("/", slash + 1);
    }
    return first;
  }
}
