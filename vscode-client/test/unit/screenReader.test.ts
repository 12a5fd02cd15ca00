import { describe, expect, it } from "vitest";
import { AnswerAnnouncer, endOfParagraphs, plainText } from "../../src/chat/page/screenReader";

function announcements(pieces: string[], coverage = ""): string[] {
  const announced: string[] = [];
  const announcer = new AnswerAnnouncer((text) => announced.push(text));
  announcer.start();
  let answer = "";
  for (const piece of pieces) {
    answer += piece;
    announcer.update(answer);
  }
  announcer.end(answer, coverage);
  return announced;
}

describe("the announcements for a screen reader", () => {
  it("are the paragraphs as they are completed, then the coverage", () => {
    expect(announcements(["It is ", "signed.\n\nThen it ", "is sent."], "1 of 1 citations verified")).toEqual([
      "It is signed.",
      "Then it is sent.",
      "1 of 1 citations verified",
    ]);
  });

  it("do not split a code block", () => {
    const answer = "Run:\n\n```sh\nmake\n\nmake serve\n```\n\nDone.";
    expect(announcements(Array.from(answer))).toEqual(["Run:", "Code block.", "Done."]);
    expect(endOfParagraphs("```\na\n\nb")).toBe(0);
  });

  it("start again when the answer does", () => {
    const announced: string[] = [];
    const announcer = new AnswerAnnouncer((text) => announced.push(text));
    announcer.update("A wrong one.\n\nAnd more");
    announcer.update("");
    announcer.update("A right one.\n\n");
    announcer.end("A right one.\n\n", "");
    expect(announced).toEqual(["A wrong one.", "A right one."]);
  });

  it("are plain text, with locations in words", () => {
    expect(plainText("## Here\n**It** is `sign` [shop/app.py:4-6].")).toBe("Here It is sign (app.py, line 4 to 6).");
  });
});
