/**
 * An answer as VS Code's chat is told it. What was told there cannot be taken back, and an answer's citations are checked
 * at its end: so while it streams they are numbers, and the sources below say which place each number turned out to be.
 */

import type { Citation } from "../protocol";

const MARK = /(?<![\w\])])\[([^[\]\n]{1,260}?):L?(\d{1,7})(?:\s*[-–—]\s*L?(\d{1,7}))?[^[\]\n]{0,600}\]/g;
const FENCE = /^ *(?:[-*+] +|\d+[.)] +)?(?:`{3,}|~{3,})/;
const CODE = /(`+[^`]*`+)/;

interface Mark {
  path: string;
  start: number;
  end: number;
}

/** A number of the text and the place that it stands for; none where the check found none. */
export interface Source {
  number: number;
  citation: Citation | undefined;
}

export class Telling {
  private held = "";
  private fenced = false;
  private readonly marks: Mark[] = [];

  /** Takes a piece; gives what can be shown of the text now: whole lines. */
  feed(piece: string): string {
    const text = this.held + piece;
    const end = text.lastIndexOf("\n") + 1;
    this.held = text.slice(end);
    return this.told(text.slice(0, end));
  }

  /** The last line. */
  end(): string {
    const last = this.held;
    this.held = "";
    return this.told(last);
  }

  /** The text so far is void: what is said of it, so that nobody takes it for the answer. */
  reset(): string {
    const closing = this.fenced ? "\n```" : "";
    this.held = "";
    this.fenced = false;
    this.marks.length = 0;
    return `${closing}\n\n*Checks found mistakes in the code above. It is written anew:*\n\n---\n\n`;
  }

  /** What became of the numbers. */
  sources(citations: readonly Citation[]): Source[] {
    return this.marks.map((mark, index) => ({ number: index + 1, citation: placeOf(mark, citations) }));
  }

  private told(text: string): string {
    return text.replace(/[^\n]+/g, (line) => {
      if (FENCE.test(line)) {
        this.fenced = !this.fenced;
        return line;
      }
      return this.fenced ? line : this.prose(line);
    });
  }

  /** A line without links and images of its own: what a model or a file says is data. */
  private prose(line: string): string {
    const parts = line.split(CODE).map((part, index) => (index % 2 ? part : this.numbered(part).replace(/!\[/g, "!\\[").replace(/\]\(/g, "]\\(")));
    return parts.join("");
  }

  private numbered(text: string): string {
    return text.replace(MARK, (_whole, path: string, start: string, end: string | undefined) => `\\[${this.numberOf({ path, start: Number(start), end: Number(end ?? start) })}\\]`);
  }

  private numberOf(mark: Mark): number {
    const known = this.marks.findIndex((each) => each.path === mark.path && each.start === mark.start && each.end === mark.end);
    return (known >= 0 ? known : this.marks.push(mark) - 1) + 1;
  }
}

/** Where a mark leads: to a place that was verified in its file, the one that shares lines with it before one that was corrected. */
function placeOf({ path, start, end }: Mark, citations: readonly Citation[]): Citation | undefined {
  const inFile = citations.filter((each) => each.verified && each.path === path);
  return inFile.find((each) => each.start_line <= end && each.end_line >= start) ?? inFile[0];
}
