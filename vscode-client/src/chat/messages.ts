/** What the chat page and the extension say to each other. */

import type { Attachment, Turn } from "./conversation";

export interface Choices {
  model: string;
  persona: string;
}

/** From the extension to its page. */
export type ToPage =
  | { type: "turns"; turns: Turn[]; attachments: Attachment[]; choices: Choices; canAsk: boolean }
  | { type: "turn"; turn: Turn }
  | { type: "delta"; id: string; text: string }
  | { type: "attachments"; attachments: Attachment[] }
  | { type: "focus"; text?: string };

/** From the page to the extension. */
export type FromPage =
  | { type: "ready" }
  | { type: "ask"; question: string }
  | { type: "stop" }
  | { type: "open"; turn: string; path: string; startLine: number; endLine: number }
  | { type: "copy" | "insert" | "new file" | "run"; text: string; language: string }
  | { type: "detach"; index: number }
  | { type: "attach" | "pick model" | "pick persona" | "new chat" };
