/** Conversations as values: what was asked and answered, and what is kept of it. Knows no editor. */

import type { Answer, Citation, Turn as Earlier } from "../protocol";

/** Lines of a file that a question is about. Lines count from 1. */
export interface Attachment {
  path: string;
  uri: string;
  startLine: number;
  endLine: number;
}

export type TurnState = "writing" | "done" | "stopped" | "failed";

export interface Turn {
  id: string;
  question: string;
  attachments: Attachment[];
  state: TurnState;
  /** The text so far; at the end the checked text. */
  answer: string;
  /** The workspace folder that the citations are relative to. */
  folder: string;
  /** Where cited paths lead that begin with one of these: folders of documentation. */
  docs?: Record<string, string>;
  citations: Citation[];
  model: string | null;
  /** What the answer rests on, in a line. */
  coverage: string;
  notice: string;
}

export interface Conversation {
  id: string;
  turns: Turn[];
}

const MOST_CONVERSATIONS = 30;
const MOST_TURNS = 100;
// The server takes no more.
const MOST_EARLIER = 50;
const LONGEST_ANSWER = 100_000;

export function begin(id: string, question: string, attachments: Attachment[]): Turn {
  return { id, question, attachments, state: "writing", answer: "", folder: "", citations: [], model: null, coverage: "", notice: "" };
}

/** The turn with its answer settled: the text as it was checked, and what it cites. */
export function settle(turn: Turn, answer: Answer): Turn {
  return {
    ...turn,
    state: "done",
    answer: answer.answer,
    folder: answer.folder,
    ...(answer.docs ? { docs: answer.docs } : {}),
    citations: answer.citations,
    model: answer.model,
    coverage: coverageLine(answer),
    notice: answer.notice,
  };
}

/** "7 of 8 citations verified · 12 passages of 5 files · offline" */
export function coverageLine(answer: Answer): string {
  const verified = answer.citations.filter((each) => each.verified).length;
  const { passages, files } = answer.coverage;
  return [
    answer.citations.length ? `${verified} of ${answer.citations.length} citations verified` : "no citations",
    typeof passages === "number" && typeof files === "number" ? `${counted(passages, "passage")} of ${counted(files, "file")}` : "",
    answer.model ?? "offline",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The folder that a cited path is relative to, and the path there. */
export function placeOf(turn: Pick<Answer, "folder" | "docs">, path: string): [folder: string, path: string] {
  const prefix = Object.keys(turn.docs ?? {}).find((each) => path.startsWith(each));
  return prefix === undefined ? [turn.folder, path] : [turn.docs?.[prefix] ?? "", path.slice(prefix.length)];
}

const NAME = /`([A-Za-z_$][\w$]{2,}(?:\.[A-Za-z_$][\w$]*)*)(?:\(\))?`/;

/** What one may want to know next, made of what the answer has named; no model is asked for it. */
export function followUps(turn: Turn): string[] {
  if (turn.state !== "done") {
    return [];
  }
  const name = NAME.exec(turn.answer)?.[1];
  const file = turn.citations.find((each) => each.verified)?.path.split("/").at(-1);
  return [
    ...(name ? [`Who calls \`${name}\`?`, `Which tests cover \`${name}\`?`] : []),
    ...(file ? [`What else is in ${file}?`] : []),
  ].filter((question) => question !== turn.question);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** What was said before a turn, as the server wants it: it keeps no conversation itself. */
export function earlier(turns: readonly Turn[]): Earlier[] {
  return turns
    .filter((each) => each.state === "done" && each.answer)
    .slice(-MOST_EARLIER)
    .map(({ question, answer }) => ({ question, answer: answer.slice(0, LONGEST_ANSWER) }));
}

/** The conversations with one of them replaced or put in front; the oldest are forgotten. */
export function kept(conversations: readonly Conversation[], current: Conversation): Conversation[] {
  const others = conversations.filter((each) => each.id !== current.id && each.turns.length > 0);
  return [{ ...current, turns: current.turns.slice(-MOST_TURNS) }, ...others].slice(0, MOST_CONVERSATIONS);
}

/** What is read back after a reload: an answer that was being written then will not be finished any more. */
export function revived(stored: unknown): Conversation[] {
  if (!Array.isArray(stored)) {
    return [];
  }
  return (stored as Conversation[])
    .filter((each) => typeof each.id === "string" && Array.isArray(each.turns))
    .map((each) => ({ ...each, turns: each.turns.map((turn) => (turn.state === "writing" ? { ...turn, state: "stopped" } : turn)) }));
}
