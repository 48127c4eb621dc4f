// A URL as people type it.

/** ":3000", "localhost:3000/chat" and "example.com" get ws:// in front; what has a scheme stays as it is. */
export function completeUrl(text: string): string {
  if (/^:\d+/.test(text)) return `ws://localhost${text}`;
  if (/^\/\//.test(text)) return `ws:${text}`;
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(text) || /^wss?\+unix:/i.test(text)) return text;
  // What else begins with a word and a colon is a host and its port, or a scheme that nobody connects to.
  if (/^[\w.-]+(?::\d+)?(?:[/?#]|$)/.test(text) || /^\[[\da-f:.]+\]/i.test(text) || /^[^/@]*@/.test(text))
    return `ws://${text}`;
  return text;
}

/** The URL without its password, for the screen and for logs. */
export function shownUrl(url: string): string {
  const shown = url.replace(/^([a-z+]+:\/\/[^/?#@:]*):[^/?#]*@/i, "$1:***@");
  // A password with a slash makes it no URL, and is a password still.
  return shown !== url || URL.canParse(url) ? shown : url.replace(/^([a-z+]+:\/\/[^/?#@:]*):.*@/i, "$1:***@");
}
