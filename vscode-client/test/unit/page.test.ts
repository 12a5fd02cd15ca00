import { describe, expect, it } from "vitest";
import { commandsOf } from "../../src/chat/commandline";
import { pageHtml } from "../../src/chat/html";
import { answerHtml } from "../../src/chat/page/render";
import { begin } from "../../src/chat/conversation";

const page = pageHtml({ style: "vscode://chat.css", script: "vscode://chat.js", origin: "vscode://here" });

describe("the chat page", () => {
  it("takes styles and its one script from the extension and everything else from nowhere", () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? "";
    const nonce = /script-src ('nonce-[^']+')/.exec(policy)?.[1];
    expect(policy).toBe(
      `default-src 'none'; style-src vscode://here; font-src vscode://here; script-src ${nonce ?? ""}; base-uri 'none'; form-action 'none'`,
    );
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/ on\w+="| style="|https?:/);
    expect(pageHtml({ style: "", script: "", origin: "" })).not.toContain(nonce);
  });

  it("names its regions and fields for who hears it, and speaks by a status of its own", () => {
    for (const named of ['role="log" aria-live="off" aria-label="Conversation"', 'role="status" aria-live="polite"', 'aria-label="Question"', 'aria-label="Attached"', 'aria-label="Follow-up questions"']) {
      expect(page).toContain(named);
    }
  });

  it("gives a block of code its actions, and running only to what a shell takes", () => {
    const html = (language: string): string => answerHtml({ ...begin("1", "?", []), state: "done", answer: `\`\`\`${language}\nmake\n\`\`\`` });
    const actions = (text: string): string[] => [...text.matchAll(/data-action="([^"]+)"/g)].map((each) => each[1] ?? "");
    expect(actions(html("sh"))).toEqual(["copy", "insert", "new file", "run"]);
    expect(actions(html("python"))).toEqual(["copy", "insert", "new file"]);
    expect(html("sh")).toContain('aria-label="Code, sh"');
  });
});

describe("what is run in a terminal", () => {
  it("is the block without the prompts that documents show", () => {
    expect(commandsOf("$ make\n$ make serve\n")).toBe("make\nmake serve");
  });

  it("hides nothing from whoever confirms it", () => {
    expect(commandsOf("echo safe\u001b[2K\u202e\u0008\tend\r")).toBe("echo safe[2K    end");
  });
});
