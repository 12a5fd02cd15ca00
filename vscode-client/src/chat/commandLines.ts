/** The commands of a code block. Independent of `vscode`, so that unit tests can import it. */

/** The text to type into a terminal: without the prompts that documentation shows, and without control characters. */
export function commandLines(text: string): string {
  // An escape sequence could hide a part of the text that the user confirms.
  return text.trim().replace(/^\$ /gm, "").replaceAll("\t", "    ").replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "");
}
