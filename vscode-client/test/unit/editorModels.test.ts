import { beforeEach, describe, expect, it } from "vitest";
import type * as real from "vscode";
import { availableModels, generate, hasModels, limitsOf, nameOf } from "../../src/models/editorModels";
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

/** Registers a model that answers with these pieces, and throws the errors among them. */
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
          return Promise.resolve({ text: stream(pieces), stream: stream(pieces) });
        },
      },
    ]);
  };
}

async function* stream(pieces: (string | Error)[]): AsyncGenerator<string> {
  for (const piece of pieces) {
    await Promise.resolve();
    if (piece instanceof Error) {
      throw piece;
    }
    yield piece;
  }
}

async function answer(): Promise<string[]> {
  const pieces: string[] = [];
  await generate(PROMPT, (text) => Promise.resolve(void pieces.push(text)), token);
  return pieces;
}

beforeEach(() => {
  sent = {};
  cancelled = false;
  delete lm.selectChatModels;
});

describe("VS Code's own language models", () => {
  it("do not exist where the editor has no API for them", async () => {
    expect(hasModels()).toBe(false);
    expect(await availableModels()).toEqual([]);
    await expect(answer()).rejects.toMatchObject({ kind: "unknown" });
  });

  it("are named by vendor and id, and found by that name", async () => {
    model("Hi");
    const [first] = await availableModels();
    expect(first && nameOf(first)).toBe("copilot/gpt/4");
    expect(await limitsOf("copilot/gpt/4")).toEqual({ maxInputTokens: 30 });
    expect(sent.selector).toEqual({ vendor: "copilot", id: "gpt/4" });
  });

  it("stream the text, and get the messages in two roles with a justification", async () => {
    model("Once", " upon");
    expect(await answer()).toEqual(["Once", " upon"]);
    expect(sent.messages).toEqual([
      { role: 1, content: "You are a guide." },
      { role: 1, content: "Where?" },
      { role: 2, content: "There." },
    ]);
    expect(sent.options?.justification).toContain("passages of this workspace");
  });

  it("are not sent a prompt that is too long", async () => {
    model("Hi");
    const result = generate({ ...PROMPT, messages: [...PROMPT.messages, ...PROMPT.messages] }, () => Promise.resolve(), token);
    await expect(result).rejects.toMatchObject({ kind: "tooLong" });
    expect(sent.messages).toBeUndefined();
  });

  it("stop when the server cancels the request", async () => {
    model("Once", " upon");
    const pieces: string[] = [];
    const stopped = generate(
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
    [LanguageModelError.NotFound("missing"), "unknown"],
    [LanguageModelError.Blocked("no"), "blocked"],
    [LanguageModelError.Blocked("no", new Error("Quota exceeded")), "quota"],
    [new Error("Request failed", { cause: new Error("off_topic") }), "filtered"],
    [new Error("Response got filtered: content_filter"), "filtered"],
    [new Error("429 Too Many Requests"), "quota"],
    [new Error("Message exceeds token limit."), "tooLong"],
    [new Error("boom"), "failed"],
  ])("translate an error into a kind: %s", async (error, kind) => {
    model("Once", error);
    await expect(answer()).rejects.toMatchObject({ kind });
  });

  it("do not report a cancellation as an error", async () => {
    model(new CancellationError());
    await expect(answer()).rejects.toBeInstanceOf(CancellationError);
  });
});
