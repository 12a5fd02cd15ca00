/** Conversations and their turns, as values. Independent of `vscode`, so that the chat page and unit tests can import it. */

import type { Answer, Citation, Turn as HistoryTurn } from "../protocol";

/** Lines of a file that a question is about; they are 1-based and inclusive. */
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
  /** The URI of the folder that the citations are relative to. */
  folder: string;
  /** The folders of documentation, by the prefix of their paths. */
  docs?: Record<string, string>;
  citations: Citation[];
  model: string | null;
  /** One line about the citations, the passages and the model. */
  coverage: string;
  notice: string;
}

export interface Conversation {
  id: string;
  turns: Turn[];
}

const MAX_CONVERSATIONS = 30;
const MAX_TURNS = 100;
// Limits of the server.
const MAX_HISTORY_TURNS = 50;
const MAX_ANSWER_LENGTH = 100_000;

/** A turn whose answer has not arrived. */
export function newTurn(id: string, question: string, attachments: Attachment[]): Turn {
  return { id, question, attachments, state: "writing", answer: "", folder: "", citations: [], model: null, coverage: "", notice: "" };
}

/** The turn with its final answer: the checked text and its citations. */
export function withAnswer(turn: Turn, answer: Answer): Turn {
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

/** For example "7 of 8 citations verified · 12 passages of 5 files · offline". */
export function coverageLine(answer: Answer): string {
  const verified = answer.citations.filter((each) => each.verified).length;
  const { passages, files } = answer.coverage;
  return [
    answer.citations.length ? `${verified} of ${answer.citations.length} citations verified` : "no citations",
    typeof passages === "number" && typeof files === "number" ? `${plural(passages, "passage")} of ${plural(files, "file")}` : "",
    answer.model ?? "offline",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The URI of the folder that a cited path is relative to, and the path in that folder. */
export function resolvePath(turn: Pick<Answer, "folder" | "docs">, path: string): [folder: string, path: string] {
  const prefix = Object.keys(turn.docs ?? {}).find((each) => path.startsWith(each));
  return prefix === undefined ? [turn.folder, path] : [turn.docs?.[prefix] ?? "", path.slice(prefix.length)];
}

const NAME = /`([A-Za-z_$][\w$]{2,}(?:\.[A-Za-z_$][\w$]*)*)(?:\(\))?`/;

/** Follow-up questions about the first name and the first verified file of an answer. They need no model. */
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

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The answered turns in the form that the server takes: it stores no conversations. */
export function historyOf(turns: readonly Turn[]): HistoryTurn[] {
  return turns
    .filter((each) => each.state === "done" && each.answer)
    .slice(-MAX_HISTORY_TURNS)
    .map(({ question, answer }) => ({ question, answer: answer.slice(0, MAX_ANSWER_LENGTH) }));
}

/** The conversations with the current one first. The oldest are dropped. */
export function withCurrent(conversations: readonly Conversation[], current: Conversation): Conversation[] {
  const others = conversations.filter((each) => each.id !== current.id && each.turns.length > 0);
  return [{ ...current, turns: current.turns.slice(-MAX_TURNS) }, ...others].slice(0, MAX_CONVERSATIONS);
}

/** The conversations that were stored before a reload. An answer that was unfinished then counts as stopped. */
export function restore(stored: unknown): Conversation[] {
  if (!Array.isArray(stored)) {
    return [];
  }
  return (stored as Conversation[])
    .filter((each) => typeof each.id === "string" && Array.isArray(each.turns))
    .map((each) => ({ ...each, turns: each.turns.map((turn) => (turn.state === "writing" ? { ...turn, state: "stopped" } : turn)) }));
}
