/** The messages between the extension and the chat page. */

import type { Attachment, Turn } from "./conversation";

export interface Choices {
  model: string;
  persona: string;
}

/** Messages from the extension to the page. */
export type MessageToPage =
  | { type: "turns"; turns: Turn[]; attachments: Attachment[]; choices: Choices; canAsk: boolean }
  | { type: "turn"; turn: Turn }
  | { type: "delta"; id: string; text: string }
  | { type: "attachments"; attachments: Attachment[] }
  | { type: "focus"; text?: string };

/** Messages from the page to the extension. */
export type MessageFromPage =
  | { type: "ready" }
  | { type: "ask"; question: string }
  | { type: "stop" }
  | { type: "open"; turn: string; path: string; startLine: number; endLine: number }
  | { type: "copy" | "insert" | "new file" | "run"; text: string; language: string }
  | { type: "detach"; index: number }
  | { type: "attach" | "pick model" | "pick persona" | "new chat" };
