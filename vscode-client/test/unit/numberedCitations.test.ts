import { describe, expect, it } from "vitest";
import type { Citation } from "../../src/protocol";
import { NumberedText } from "../../src/copilot/numberedCitations";

const citation = (path: string, start_line: number, end_line: number, verified = true): Citation => ({ path, start_line, end_line, verified });

function convert(...pieces: string[]): { shown: string; text: NumberedText } {
  const text = new NumberedText();
  return { shown: pieces.map((each) => text.add(each)).join("") + text.end(), text };
}

describe("an answer in VS Code's chat", () => {
  it("is shown in complete lines, whatever the pieces are", () => {
    const text = new NumberedText();
    expect(text.add("It is si")).toBe("");
    expect(text.add("gned here.\nAnd th")).toBe("It is signed here.\n");
    expect(text.end()).toBe("And th");
  });

  it("has numbers for its citations, which are not checked yet", () => {
    const { shown, text } = convert("Signed [a.py:1", '4-17 "def sign"]; so is b [b.py:3]. Again [a.py:14-17].');
    expect(shown).toBe("Signed \\[1\\]; so is b \\[2\\]. Again \\[1\\].");
    expect(text.sources([citation("a.py", 14, 17), citation("b.py", 3, 3, false)])).toEqual([
      { number: 1, citation: citation("a.py", 14, 17) },
      { number: 2, citation: undefined },
    ]);
  });

  it("links to the corrected lines of a citation", () => {
    const { text } = convert("Signed [a.py:1-2].");
    expect(text.sources([citation("a.py", 14, 17)])[0]?.citation?.start_line).toBe(14);
  });

  it("does not change code", () => {
    const code = "```python\nrows[a.b:1](x) ![0]\n```\nUse `handlers[0](x)`, items[start.x:1].\n";
    expect(convert(code).shown).toBe(code);
  });

  it("contains no active links and images", () => {
    expect(convert("See [here](https://x.example) ![](https://x.example/p.png)").shown).toBe("See [here]\\(https://x.example) !\\[]\\(https://x.example/p.png)");
  });

  it("says that the code is being rewritten, and starts again with number one", () => {
    const text = new NumberedText();
    text.add("Old [a.py:1].\n```js\nfoo(\n");
    expect(text.reset(true)).toMatch(/^\n```\n\n\*The checks found problems/);
    expect(text.add("New [b.py:2].\n")).toBe("New \\[1\\].\n");
  });

  it("says that the text was the model's thinking", () => {
    expect(new NumberedText().reset(false)).toContain("was the model's thinking");
  });
});
