// What the proxy advises to write in code, as the file has it.

/** Names in quotes: 'write mode: "inspect"' becomes 'write "mode": "inspect"', for options that are known. */
export function inFileWords(advice: string, options: readonly string[]): string {
  const isOption = (word: string): boolean => options.includes(word);
  const quoted = (word: string): string => (isOption(word) ? `"${word}"` : word);
  return advice
    .replace(/\b\w+(?=: )/g, quoted)
    .replace(/(?<=\b(?:use|or) |, )\w+\b(?!")/g, quoted)
    .replace(/(?<=[{,] )\w+(?=(?:, \w+)* \})/g, '"$&"');
}
