import { describe, expect, it } from "vitest";
import { begin, coverageLine, earlier, followUps, kept, revived, settle, type Conversation } from "../../src/chat/conversation";
import type { Answer } from "../../src/protocol";

const answer: Answer = {
  folder: "file:///shop",
  answer: "It is signed here [sessions.py:4-6].",
  model: null,
  citations: [
    { path: "sessions.py", start_line: 4, end_line: 6, verified: true },
    { path: "app.py", start_line: 1, end_line: 1, verified: false },
  ],
  coverage: { passages: 9, files: 1 },
  notice: "",
};
const conversation = (id: string): Conversation => ({ id, turns: [begin(`${id}-1`, "Where?", [])] });

describe("a conversation", () => {
  it("replaces the streamed text by the checked one", () => {
    const streamed = { ...begin("1", "Where?", []), answer: "It is sig" };
    expect(settle(streamed, answer)).toMatchObject({ state: "done", answer: answer.answer, folder: "file:///shop" });
  });

  it("says in a line what an answer rests on", () => {
    expect(coverageLine(answer)).toBe("1 of 2 citations verified · 9 passages of 1 file · offline");
    expect(coverageLine({ ...answer, citations: [], coverage: {}, model: "m" })).toBe("no citations · m");
  });

  it("is kept in front of the others, once", () => {
    const all = kept([conversation("a"), conversation("b")], conversation("b"));
    expect(all.map((each) => each.id)).toEqual(["b", "a"]);
  });

  it("is not kept for ever", () => {
    const many = Array.from({ length: 50 }, (_, index) => conversation(String(index)));
    expect(kept(many, conversation("new"))).toHaveLength(30);
  });

  it("comes back after a reload with its unfinished answer marked as stopped", () => {
    const stored = JSON.parse(JSON.stringify([conversation("a")])) as unknown;
    expect(revived(stored)[0]?.turns[0]?.state).toBe("stopped");
  });

  it.each([undefined, null, "x", [{ id: 3 }], [{}]])("is not revived from what is none: %j", (stored) => {
    expect(revived(stored)).toEqual([]);
  });
});

describe("what is sent along with a question", () => {
  it("is what was asked and answered before, but nothing that was stopped", () => {
    const done = settle(begin("1", "Where?", []), answer);
    const stopped = { ...begin("2", "And why?", []), state: "stopped" as const, answer: "Because" };
    expect(earlier([done, stopped])).toEqual([{ question: "Where?", answer: answer.answer }]);
  });
});

describe("what one may ask next", () => {
  it("is made of the first name and the first verified file of the answer", () => {
    const done = settle(begin("1", "Where?", []), { ...answer, answer: "`SessionStore.sign_cookie()` signs [sessions.py:4-6]." });
    expect(followUps(done)).toEqual([
      "Who calls `SessionStore.sign_cookie`?",
      "Which tests cover `SessionStore.sign_cookie`?",
      "What else is in sessions.py?",
    ]);
  });

  it("is not what was just asked, and nothing before the answer is there", () => {
    const asked = settle(begin("1", "What else is in sessions.py?", []), answer);
    expect(followUps(asked)).toEqual([]);
    expect(followUps(begin("1", "Where?", []))).toEqual([]);
  });
});
