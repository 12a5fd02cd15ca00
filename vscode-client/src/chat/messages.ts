/** The messages between the extension and the chat page. */

import type { Models } from "../protocol";
import type { Attachment, Turn } from "./conversation";

export interface Choices {
  model: string;
  /** Where questions are sent, or why there is no model; "" if there is nothing to say. */
  address: string;
  persona: string;
}

/** What the chat shows about the model in use. */
export function choicesOf({ model, address, off }: Models): Omit<Choices, "persona"> {
  return { model: model ?? "", address: off ?? address ?? "" };
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
