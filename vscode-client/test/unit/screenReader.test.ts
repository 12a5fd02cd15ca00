import { describe, expect, it } from "vitest";
import { plain, Speaker, wholeParagraphs } from "../../src/chat/page/screenReader";

function spoken(pieces: string[], coverage = ""): string[] {
  const said: string[] = [];
  const speaker = new Speaker((text) => said.push(text));
  speaker.begin();
  let answer = "";
  for (const piece of pieces) {
    answer += piece;
    speaker.heard(answer);
  }
  speaker.end(answer, coverage);
  return said;
}

describe("what a screen reader is told", () => {
  it("is each paragraph once it is whole, then what the answer rests on", () => {
    expect(spoken(["It is ", "signed.\n\nThen it ", "is sent."], "1 of 1 citations verified")).toEqual([
      "It is signed.",
      "Then it is sent.",
      "1 of 1 citations verified",
    ]);
  });

  it("is not begun in the middle of a block of code", () => {
    const answer = "Run:\n\n```sh\nmake\n\nmake serve\n```\n\nDone.";
    expect(spoken(Array.from(answer))).toEqual(["Run:", "A block of code.", "Done."]);
    expect(wholeParagraphs("```\na\n\nb")).toBe(0);
  });

  it("begins anew when the answer does", () => {
    const said: string[] = [];
    const speaker = new Speaker((text) => said.push(text));
    speaker.heard("A wrong one.\n\nAnd more");
    speaker.heard("");
    speaker.heard("A right one.\n\n");
    speaker.end("A right one.\n\n", "");
    expect(said).toEqual(["A wrong one.", "A right one."]);
  });

  it("is plain words: places are read out, marks are not", () => {
    expect(plain("## Here\n**It** is `sign` [shop/app.py:4-6].")).toBe("Here It is sign (app.py, line 4 to 6).");
  });
});
