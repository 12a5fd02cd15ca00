import { beforeEach, describe, expect, it } from "vitest";
import type * as real from "vscode";
import { hasModels, limitsOf, nameOf, ownModels, write } from "../../src/models/editorModels";
import { CancellationError, LanguageModelError, lm } from "./vscode";

const PROMPT = {
  model: "copilot/gpt/4",
  partialResultToken: "t",
  messages: [
    { role: "system" as const, content: "You are a guide." },
    { role: "user" as const, content: "Where?" },
    { role: "assistant" as const, content: "There." },
  ],
};

interface Sent {
  messages?: unknown[];
  options?: real.LanguageModelChatRequestOptions | undefined;
  selector?: real.LanguageModelChatSelector | undefined;
}

let sent: Sent;
let cancelled: boolean;
const token = {
  get isCancellationRequested() {
    return cancelled;
  },
} as real.CancellationToken;

/** A model that writes what it is given, and fails where an error stands among the pieces. */
function model(...pieces: (string | Error)[]): void {
  lm.selectChatModels = (selector) => {
    sent.selector = selector;
    return Promise.resolve([
      {
        name: "GPT 4",
        vendor: "copilot",
        id: "gpt/4",
        maxInputTokens: 30,
        countTokens: () => Promise.resolve(10),
        sendRequest: (messages, options) => {
          sent = { ...sent, messages, options };
          return Promise.resolve({ text: written(pieces), stream: written(pieces) });
        },
      },
    ]);
  };
}

async function* written(pieces: (string | Error)[]): AsyncGenerator<string> {
  for (const piece of pieces) {
    await Promise.resolve();
    if (piece instanceof Error) {
      throw piece;
    }
    yield piece;
  }
}

async function heard(): Promise<string[]> {
  const pieces: string[] = [];
  await write(PROMPT, (text) => Promise.resolve(void pieces.push(text)), token);
  return pieces;
}

beforeEach(() => {
  sent = {};
  cancelled = false;
  delete lm.selectChatModels;
});

describe("VS Code's own language models", () => {
  it("are none where the editor has no interface for them", async () => {
    expect(hasModels()).toBe(false);
    expect(await ownModels()).toEqual([]);
    await expect(heard()).rejects.toMatchObject({ kind: "unknown" });
  });

  it("are named by who offers them, and found again by that name", async () => {
    model("Hi");
    const [own] = await ownModels();
    expect(own && nameOf(own)).toBe("copilot/gpt/4");
    expect(await limitsOf("copilot/gpt/4")).toEqual({ maxInputTokens: 30 });
    expect(sent.selector).toEqual({ vendor: "copilot", id: "gpt/4" });
  });

  it("write piece by piece, told in their two roles and why they are asked", async () => {
    model("Once", " upon");
    expect(await heard()).toEqual(["Once", " upon"]);
    expect(sent.messages).toEqual([
      { role: 1, content: "You are a guide." },
      { role: 1, content: "Where?" },
      { role: 2, content: "There." },
    ]);
    expect(sent.options?.justification).toContain("passages of this workspace");
  });

  it("are not sent a prompt that is longer than they take", async () => {
    model("Hi");
    const asked = write({ ...PROMPT, messages: [...PROMPT.messages, ...PROMPT.messages] }, () => Promise.resolve(), token);
    await expect(asked).rejects.toMatchObject({ kind: "tooLong" });
    expect(sent.messages).toBeUndefined();
  });

  it("stop when the server does not read any more", async () => {
    model("Once", " upon");
    const pieces: string[] = [];
    const stopped = write(
      PROMPT,
      (text) => {
        cancelled = true;
        return Promise.resolve(void pieces.push(text));
      },
      token,
    );
    await expect(stopped).rejects.toBeInstanceOf(CancellationError);
    expect(pieces).toEqual(["Once"]);
  });

  it.each([
    [LanguageModelError.NoPermissions("no"), "permission"],
    [LanguageModelError.NotFound("gone"), "unknown"],
    [LanguageModelError.Blocked("no"), "blocked"],
    [LanguageModelError.Blocked("no", new Error("Quota exceeded")), "quota"],
    [new Error("Request failed", { cause: new Error("off_topic") }), "filtered"],
    [new Error("Response got filtered: content_filter"), "filtered"],
    [new Error("429 Too Many Requests"), "quota"],
    [new Error("Message exceeds token limit."), "tooLong"],
    [new Error("boom"), "failed"],
  ])("refuse for a reason that has a kind: %s", async (error, kind) => {
    model("Once", error);
    await expect(heard()).rejects.toMatchObject({ kind });
  });

  it("are not said to have failed when the user stopped them", async () => {
    model(new CancellationError());
    await expect(heard()).rejects.toBeInstanceOf(CancellationError);
  });
});
