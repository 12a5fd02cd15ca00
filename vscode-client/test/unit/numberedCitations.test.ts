import { describe, expect, it } from "vitest";
import type { Citation } from "../../src/protocol";
import { Telling } from "../../src/copilot/numberedCitations";

const place = (path: string, start_line: number, end_line: number, verified = true): Citation => ({ path, start_line, end_line, verified });

function told(...pieces: string[]): { text: string; telling: Telling } {
  const telling = new Telling();
  return { text: pieces.map((each) => telling.feed(each)).join("") + telling.end(), telling };
}

describe("an answer in VS Code's chat", () => {
  it("comes in whole lines, however it was cut into pieces", () => {
    const telling = new Telling();
    expect(telling.feed("It is si")).toBe("");
    expect(telling.feed("gned here.\nAnd th")).toBe("It is signed here.\n");
    expect(telling.end()).toBe("And th");
  });

  it("has numbers for citations, since those are not checked yet", () => {
    const { text, telling } = told("Signed [a.py:1", '4-17 "def sign"]; so is b [b.py:3]. Again [a.py:14-17].');
    expect(text).toBe("Signed \\[1\\]; so is b \\[2\\]. Again \\[1\\].");
    expect(telling.sources([place("a.py", 14, 17), place("b.py", 3, 3, false)])).toEqual([
      { number: 1, citation: place("a.py", 14, 17) },
      { number: 2, citation: undefined },
    ]);
  });

  it("leads to the lines that the check corrected a citation to", () => {
    const { telling } = told("Signed [a.py:1-2].");
    expect(telling.sources([place("a.py", 14, 17)])[0]?.citation?.start_line).toBe(14);
  });

  it("leaves code as it was written", () => {
    const code = "```python\nrows[a.b:1](x) ![0]\n```\nUse `handlers[0](x)`, items[start.x:1].\n";
    expect(told(code).text).toBe(code);
  });

  it("shows no link and no image of its own", () => {
    expect(told("See [here](https://x.example) ![](https://x.example/p.png)").text).toBe("See [here]\\(https://x.example) !\\[]\\(https://x.example/p.png)");
  });

  it("says that what was told is void when the code is written anew, and counts from one again", () => {
    const telling = new Telling();
    telling.feed("Old [a.py:1].\n```js\nfoo(\n");
    expect(telling.reset()).toMatch(/^\n```\n\n\*Checks found mistakes/);
    expect(telling.feed("New [b.py:2].\n")).toBe("New \\[1\\].\n");
  });
});
