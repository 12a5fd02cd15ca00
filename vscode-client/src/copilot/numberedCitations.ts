/**
 * The text of an answer in VS Code's chat. Text that was shown there cannot be changed, and citations are checked at the end
 * of an answer: while it streams they are numbers, and a list of sources then says which location each number refers to.
 */

import type { Citation } from "../protocol";

const CITATION = /(?<![\w\])])\[([^[\]\n]{1,260}?):L?(\d{1,7})(?:\s*[-–—]\s*L?(\d{1,7}))?[^[\]\n]{0,600}\]/g;
const FENCE = /^ *(?:[-*+] +|\d+[.)] +)?(?:`{3,}|~{3,})/;
const INLINE_CODE = /(`+[^`]*`+)/;

/** A citation as the text has it, before it is checked. Lines are 1-based and inclusive. */
interface Location {
  path: string;
  start: number;
  end: number;
}

/** A number of the text with its verified citation; undefined if the citation was not verified. */
export interface Source {
  number: number;
  citation: Citation | undefined;
}

export class NumberedText {
  private rest = "";
  private inFence = false;
  private readonly locations: Location[] = [];

  /** Adds a piece of the answer. Returns the text that can be shown now, which consists of complete lines. */
  add(piece: string): string {
    const text = this.rest + piece;
    const end = text.lastIndexOf("\n") + 1;
    this.rest = text.slice(end);
    return this.convert(text.slice(0, end));
  }

  /** Ends the answer. Returns its last line. */
  end(): string {
    const last = this.rest;
    this.rest = "";
    return this.convert(last);
  }

  /** Starts again: the text so far has problems, or was the model's thinking. Returns a note that ends it. */
  reset(hasProblems: boolean): string {
    const closing = this.inFence ? "\n```" : "";
    this.rest = "";
    this.inFence = false;
    this.locations.length = 0;
    const note = hasProblems
      ? "The checks found problems in the code above. It is being rewritten:"
      : "The text above was the model's thinking. The answer:";
    return `${closing}\n\n*${note}*\n\n---\n\n`;
  }

  /** The source of each number, given the checked citations. */
  sources(citations: readonly Citation[]): Source[] {
    return this.locations.map((location, index) => ({ number: index + 1, citation: verifiedCitation(location, citations) }));
  }

  private convert(text: string): string {
    return text.replace(/[^\n]+/g, (line) => {
      if (FENCE.test(line)) {
        this.inFence = !this.inFence;
        return line;
      }
      return this.inFence ? line : this.convertLine(line);
    });
  }

  /** Numbers the citations of a line and disables its links and images: the text of a model or a file is not trusted. */
  private convertLine(line: string): string {
    const parts = line.split(INLINE_CODE).map((part, index) => (index % 2 ? part : this.replaceCitations(part).replace(/!\[/g, "!\\[").replace(/\]\(/g, "]\\(")));
    return parts.join("");
  }

  private replaceCitations(text: string): string {
    return text.replace(CITATION, (_match, path: string, start: string, end: string | undefined) => `\\[${this.numberOf({ path, start: Number(start), end: Number(end ?? start) })}\\]`);
  }

  private numberOf(location: Location): number {
    const index = this.locations.findIndex((each) => each.path === location.path && each.start === location.start && each.end === location.end);
    return (index >= 0 ? index : this.locations.push(location) - 1) + 1;
  }
}

/** The verified citation for a location: one with overlapping lines, otherwise the first of the same file, whose lines were corrected. */
function verifiedCitation({ path, start, end }: Location, citations: readonly Citation[]): Citation | undefined {
  const inFile = citations.filter((each) => each.verified && each.path === path);
  return inFile.find((each) => each.start_line <= end && each.end_line >= start) ?? inFile[0];
}
