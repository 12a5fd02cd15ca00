/** Blocks of code as they are typed into a terminal. Knows no editor. */

/** A block as it is typed: without the prompts that documents show, and without control characters. */
export function commandsOf(text: string): string {
  // Without control characters: an escape sequence could hide what is confirmed.
  return text.trim().replace(/^\$ /gm, "").replaceAll("\t", "    ").replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "");
}
