// The path of a request as routes see it. What two servers may read in two ways is not passed on at all: a path that leads out
// of the prefix by which it was let in would be some other route's.

const UNRESERVED = /^[\w\-.~]$/;

/**
 * The path with its unreserved characters decoded (RFC 3986 §6.2.2.2), for comparing. Undefined for one with a segment "." or
 * "..", however it is written, and for one with a backslash, which some servers take for a slash.
 */
export function comparablePath(path: string): string | undefined {
  const decoded = path.replace(/%([\da-f]{2})/gi, (encoded, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : encoded.toUpperCase();
  });
  const slashes = decoded.replace(/%2F/g, "/");
  if (slashes.split("/").some((segment) => segment === "." || segment === "..")) return undefined;
  return /\\|%5C/.test(decoded) ? undefined : decoded;
}
