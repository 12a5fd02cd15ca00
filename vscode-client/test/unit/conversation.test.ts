import { describe, expect, it } from "vitest";
import { coverageLine, followUps, historyOf, newTurn, restore, withAnswer, withCurrent, type Conversation } from "../../src/chat/conversation";
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
const conversation = (id: string): Conversation => ({ id, turns: [newTurn(`${id}-1`, "Where?", [])] });

describe("a conversation", () => {
  it("replaces the streamed text by the checked one", () => {
    const streamed = { ...newTurn("1", "Where?", []), answer: "It is sig" };
    expect(withAnswer(streamed, answer)).toMatchObject({ state: "done", answer: answer.answer, folder: "file:///shop" });
  });

  it("describes the coverage of an answer in one line", () => {
    expect(coverageLine(answer)).toBe("1 of 2 citations verified · 9 passages of 1 file · offline");
    expect(coverageLine({ ...answer, citations: [], coverage: {}, model: "m" })).toBe("no citations · m");
  });

  it("comes before the others, and occurs once", () => {
    const all = withCurrent([conversation("a"), conversation("b")], conversation("b"));
    expect(all.map((each) => each.id)).toEqual(["b", "a"]);
  });

  it("is dropped when there are too many newer ones", () => {
    const many = Array.from({ length: 50 }, (_, index) => conversation(String(index)));
    expect(withCurrent(many, conversation("new"))).toHaveLength(30);
  });

  it("is restored after a reload with its unfinished answer marked as stopped", () => {
    const stored = JSON.parse(JSON.stringify([conversation("a")])) as unknown;
    expect(restore(stored)[0]?.turns[0]?.state).toBe("stopped");
  });

  it.each([undefined, null, "x", [{ id: 3 }], [{}]])("is not restored from invalid data: %j", (stored) => {
    expect(restore(stored)).toEqual([]);
  });
});

describe("the history that is sent with a question", () => {
  it("contains the answered turns, but not the stopped ones", () => {
    const done = withAnswer(newTurn("1", "Where?", []), answer);
    const stopped = { ...newTurn("2", "And why?", []), state: "stopped" as const, answer: "Because" };
    expect(historyOf([done, stopped])).toEqual([{ question: "Where?", answer: answer.answer }]);
  });
});

describe("the follow-up questions", () => {
  it("are about the first name and the first verified file of the answer", () => {
    const done = withAnswer(newTurn("1", "Where?", []), { ...answer, answer: "`SessionStore.sign_cookie()` signs [sessions.py:4-6]." });
    expect(followUps(done)).toEqual([
      "Who calls `SessionStore.sign_cookie`?",
      "Which tests cover `SessionStore.sign_cookie`?",
      "What else is in sessions.py?",
    ]);
  });

  it("do not repeat the question, and there are none before the answer is complete", () => {
    const repeated = withAnswer(newTurn("1", "What else is in sessions.py?", []), answer);
    expect(followUps(repeated)).toEqual([]);
    expect(followUps(newTurn("1", "Where?", []))).toEqual([]);
  });
});
