/** What a screen reader announces of an answer while it is written: each complete paragraph once, as plain text. */

const FENCE = /^\s*(?:```|~~~)/;
const CITATION = /\[([^[\]\n]{1,400}):(\d{1,7})(?:[-–](\d{1,7}))?\]/g;

export class AnswerAnnouncer {
  /** How much of the answer has been announced, in characters. */
  private announced = 0;

  constructor(private readonly announce: (text: string) => void) {}

  /** Starts a new answer. */
  start(): void {
    this.announced = 0;
  }

  /** Announces the new complete paragraphs of the answer so far. An answer that is shorter than before was started again. */
  update(answer: string): void {
    if (answer.length < this.announced) {
      this.announced = 0;
    }
    this.announceUpTo(answer, endOfParagraphs(answer));
  }

  /** Announces the rest of the answer, then its coverage. */
  end(answer: string, coverage: string): void {
    this.announceUpTo(answer, answer.length);
    if (coverage) {
      this.announce(coverage);
    }
  }

  private announceUpTo(answer: string, end: number): void {
    const text = end > this.announced ? plainText(answer.slice(this.announced, end)) : "";
    this.announced = Math.max(this.announced, end);
    if (text) {
      this.announce(text);
    }
  }
}

/** The offset where the last complete paragraph ends. A code block is complete when it is closed. */
export function endOfParagraphs(answer: string): number {
  let [offset, end, inFence] = [0, 0, false];
  for (const line of answer.split("\n")) {
    const isLast = offset + line.length === answer.length;
    if (!isLast && FENCE.test(line)) {
      inFence = !inFence;
    }
    offset += line.length + 1;
    if (!inFence && !line.trim() && !isLast) {
      end = offset;
    }
  }
  return end;
}

/** Markdown as text to read aloud. */
export function plainText(markdown: string): string {
  return markdown
    .replace(/^\s*(```|~~~)[^\n]*\n[\s\S]*?(?:^\s*\1[^\n]*$|$(?![\s\S]))/gm, "Code block.")
    .replace(CITATION, (_, path: string, start: string, last?: string) => `(${path.split("/").at(-1) ?? path}, line ${start}${last ? ` to ${last}` : ""})`)
    .replace(/^#+\s*/gm, "")
    .replace(/[*`]/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
