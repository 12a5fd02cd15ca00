import { describe, expect, it } from "vitest";
import { commandLines } from "../../src/chat/commandLines";
import { pageHtml } from "../../src/chat/html";
import { answerHtml } from "../../src/chat/page/render";
import { newTurn } from "../../src/chat/conversation";

const page = pageHtml({ style: "vscode://chat.css", script: "vscode://chat.js", origin: "vscode://here" });

describe("the chat page", () => {
  it("loads its style sheet and one script from the extension, and nothing else", () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? "";
    const nonce = /script-src ('nonce-[^']+')/.exec(policy)?.[1];
    expect(policy).toBe(
      `default-src 'none'; style-src vscode://here; font-src vscode://here; script-src ${nonce ?? ""}; base-uri 'none'; form-action 'none'`,
    );
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/ on\w+="| style="|https?:/);
    expect(pageHtml({ style: "", script: "", origin: "" })).not.toContain(nonce);
  });

  it("has accessible names for its regions and fields, and a separate live region", () => {
    for (const attributes of ['role="log" aria-live="off" aria-label="Conversation"', 'role="status" aria-live="polite"', 'aria-label="Question"', 'aria-label="Attachments"', 'aria-label="Follow-up questions"']) {
      expect(page).toContain(attributes);
    }
  });

  it("has actions for a code block; only shell commands can be run", () => {
    const html = (language: string): string => answerHtml({ ...newTurn("1", "?", []), state: "done", answer: `\`\`\`${language}\nmake\n\`\`\`` });
    const actions = (text: string): string[] => [...text.matchAll(/data-action="([^"]+)"/g)].map((each) => each[1] ?? "");
    expect(actions(html("sh"))).toEqual(["copy", "insert", "new file", "run"]);
    expect(actions(html("python"))).toEqual(["copy", "insert", "new file"]);
    expect(html("sh")).toContain('aria-label="Code, sh"');
  });
});

describe("the commands of a code block", () => {
  it("have no shell prompts", () => {
    expect(commandLines("$ make\n$ make serve\n")).toBe("make\nmake serve");
  });

  it("have no control characters, which could hide a part from the user", () => {
    expect(commandLines("echo safe\u001b[2K\u202e\u0008\tend\r")).toBe("echo safe[2K    end");
  });
});
