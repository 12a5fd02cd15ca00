/** What a screen reader is told of an answer while it is written: paragraph by paragraph, each once, in plain words. */

const FENCE = /^\s*(?:```|~~~)/;
const CITED = /\[([^[\]\n]{1,400}):(\d{1,7})(?:[-–](\d{1,7}))?\]/g;

export class Speaker {
  private told = 0;

  constructor(private readonly say: (text: string) => void) {}

  /** A new answer begins. */
  begin(): void {
    this.told = 0;
  }

  /** The answer so far: says the paragraphs that are whole. One that is shorter than before was begun anew. */
  heard(answer: string): void {
    if (answer.length < this.told) {
      this.told = 0;
    }
    this.upTo(answer, wholeParagraphs(answer));
  }

  /** The answer is there: says the rest, and what it rests on. */
  end(answer: string, coverage: string): void {
    this.upTo(answer, answer.length);
    if (coverage) {
      this.say(coverage);
    }
  }

  private upTo(answer: string, end: number): void {
    const text = end > this.told ? plain(answer.slice(this.told, end)) : "";
    this.told = Math.max(this.told, end);
    if (text) {
      this.say(text);
    }
  }
}

/** Where the last whole paragraph ends; a block of code is whole when it is closed. */
export function wholeParagraphs(answer: string): number {
  let [at, end, fenced] = [0, 0, false];
  for (const line of answer.split("\n")) {
    const isLast = at + line.length === answer.length;
    if (!isLast && FENCE.test(line)) {
      fenced = !fenced;
    }
    at += line.length + 1;
    if (!fenced && !line.trim() && !isLast) {
      end = at;
    }
  }
  return end;
}

/** Markdown as it is read out. */
export function plain(markdown: string): string {
  return markdown
    .replace(/^\s*(```|~~~)[^\n]*\n[\s\S]*?(?:^\s*\1[^\n]*$|$(?![\s\S]))/gm, "A block of code.")
    .replace(CITED, (_, path: string, start: string, last?: string) => `(${path.split("/").at(-1) ?? path}, line ${start}${last ? ` to ${last}` : ""})`)
    .replace(/^#+\s*/gm, "")
    .replace(/[*`]/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
