/** The chat in the side bar: what happens between its page, the conversations and the server. */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import type { Answers } from "./answerStream";
import {
  ASK,
  EXPLAIN,
  EXPLAIN_PROBLEM,
  rangeOf,
  type Answer,
  type AskParams,
  type ExplainParams,
  type ExplainProblemParams,
  type ShowPromptParams,
} from "../protocol";
import { messageOf } from "../errors";
import type { Server } from "../server/server";
import { openLines } from "../openLines";
import { setContext } from "../contexts";
import { insert, openAsFile, runInTerminal } from "./codeBlocks";
import { pickConversation } from "./pickConversation";
import type { Choices, FromPage, ToPage } from "./messages";
import { pageHtml } from "./html";
import { begin, earlier, kept, placeOf, revived, settle, type Attachment, type Conversation, type Turn } from "./conversation";

const STORED = "fieldguide.conversations";
const SHOWN = "fieldguide.chat";

/** What of the view outlives a reload, beside the conversations. */
interface Shown {
  current: string;
  attachments: Attachment[];
}

export class Chat implements vscode.WebviewViewProvider {
  static readonly id = "fieldguide.chat";

  private view: vscode.WebviewView | undefined;
  private conversations: Conversation[];
  private current: Conversation;
  private attachments: Attachment[] = [];
  private choices: Choices = { model: "", persona: "engineer" };
  private asking: { id: string; cancel: vscode.CancellationTokenSource } | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly server: Server,
    answers: Answers,
  ) {
    this.conversations = revived(context.workspaceState.get(STORED));
    const shown = context.workspaceState.get<Shown>(SHOWN);
    this.attachments = shown?.attachments ?? [];
    this.current = this.conversations.find((each) => each.id === shown?.current) ?? { id: shown?.current ?? randomUUID(), turns: [] };
    server.onDidChange(() => {
      this.tellAll();
    });
    this.listen(answers);
  }

  private listen(answers: Answers): void {
    answers.onPiece(({ token, text }) => {
      if (token === this.asking?.id) {
        this.heard(token, text);
      }
    });
    answers.onReset(({ token }) => {
      const turn = this.current.turns.find((each) => each.id === token && token === this.asking?.id);
      if (turn) {
        this.tell({ type: "turn", turn: this.replaced({ ...turn, answer: "" }) });
      }
    });
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    view.webview.options = { enableScripts: true, localResourceRoots: [this.context.extensionUri] };
    const at = (...parts: string[]): string => view.webview.asWebviewUri(vscode.Uri.joinPath(this.context.extensionUri, ...parts)).toString();
    view.webview.html = pageHtml({ style: at("media", "chat.css"), script: at("dist", "chat.js"), origin: view.webview.cspSource });
    view.webview.onDidReceiveMessage((message: FromPage) =>
      this.did(message).catch((error: unknown) => {
        void vscode.window.showErrorMessage(messageOf(error)); // what was just pressed could not be done
      }),
    );
    view.onDidDispose(() => {
      this.view = undefined;
    });
  }

  /** Asks at once, showing the chat. */
  async ask(question: string, attachments: Attachment[] = this.attachments): Promise<void> {
    await this.show(false);
    const params: AskParams = this.params(question, attachments);
    this.attach([]);
    await this.answer(begin(randomUUID(), question, attachments), ASK, params);
  }

  /** A question with what it stands in. */
  params(question: string, attachments: readonly Attachment[] = this.attachments): ShowPromptParams {
    const [first, ...others] = attachments;
    const active = vscode.window.activeTextEditor?.document.uri;
    const uri = first?.uri ?? (active?.scheme === "file" ? active.toString() : undefined);
    return {
      question,
      history: earlier(this.current.turns),
      ...(uri ? { textDocument: { uri } } : {}),
      ...(first ? { selection: rangeOf(new vscode.Range(first.startLine - 1, 0, first.endLine, 0)) } : {}),
      ...(others.length ? { openFiles: others.map((each) => each.uri) } : {}),
    };
  }

  /** Explains lines, showing the chat. */
  async explain(title: string, params: ExplainParams, attachment: Attachment): Promise<void> {
    await this.show(false);
    await this.answer(begin(randomUUID(), title, [attachment]), EXPLAIN, params);
  }

  /** Explains what somebody reports of lines, showing the chat. */
  async explainProblem(params: ExplainProblemParams, attachment: Attachment): Promise<void> {
    await this.show();
    await this.answer(begin(randomUUID(), `Explain this problem: ${params.message}`, [attachment]), EXPLAIN_PROBLEM, params);
  }

  /** Shows the chat, with lines attached or a question begun. */
  async compose(attachment?: Attachment, text?: string): Promise<void> {
    await this.show();
    this.attach(attachment ? [...this.attachments, attachment] : this.attachments);
    this.tell(text === undefined ? { type: "focus" } : { type: "focus", text });
  }

  newChat(): void {
    this.stop();
    this.current = { id: randomUUID(), turns: [] };
    this.attach([]);
    this.tellAll();
  }

  private attach(attachments: Attachment[]): void {
    this.attachments = attachments;
    this.remember();
    this.tell({ type: "attachments", attachments });
  }

  private remember(): void {
    void this.context.workspaceState.update(SHOWN, { current: this.current.id, attachments: this.attachments } satisfies Shown);
  }

  /** Lets the user go back to a conversation, or forget one. */
  async pickHistory(): Promise<void> {
    const chosen = await pickConversation(this.conversations, (forgotten) => {
      this.conversations = this.conversations.filter((each) => each.id !== forgotten.id);
      void this.context.workspaceState.update(STORED, this.conversations);
      if (forgotten.id === this.current.id) {
        this.newChat();
      }
    });
    if (chosen) {
      this.stop();
      this.current = chosen;
      this.remember();
      await this.show();
      this.tellAll();
    }
  }

  stop(): void {
    this.asking?.cancel.cancel();
  }

  /** Without `focus`, a chat that is in sight leaves the keys where they are: in its question, or in the editor. */
  private async show(focus = true): Promise<void> {
    if (focus || !this.view?.visible) {
      await vscode.commands.executeCommand(`${Chat.id}.focus`);
    }
  }

  private async answer(turn: Turn, method: string, params: AskParams | ExplainParams | ExplainProblemParams): Promise<void> {
    this.stop();
    const cancel = new vscode.CancellationTokenSource();
    this.asking = { id: turn.id, cancel };
    setContext("answering", true);
    this.remember();
    const conversation = this.current;
    conversation.turns.push(turn);
    this.tell({ type: "turn", turn });
    const ended = await this.ended(turn, method, { ...params, token: turn.id }, cancel.token);
    conversation.turns = conversation.turns.map((each) => (each.id === turn.id ? ended : each));
    if (this.asking.id === turn.id) {
      this.asking = undefined;
      setContext("answering", false);
    }
    cancel.dispose();
    await this.keep(conversation);
    if (conversation === this.current) {
      this.tell({ type: "turn", turn: ended });
    }
  }

  private async ended(turn: Turn, method: string, params: object, token: vscode.CancellationToken): Promise<Turn> {
    try {
      return settle(turn, await this.server.request<Answer>(method, params, token));
    } catch (error) {
      const soFar = this.current.turns.find((each) => each.id === turn.id) ?? turn;
      return token.isCancellationRequested ? { ...soFar, state: "stopped" } : { ...soFar, state: "failed", notice: messageOf(error) };
    }
  }

  private heard(id: string, text: string): void {
    const turn = this.current.turns.find((each) => each.id === id);
    if (turn) {
      this.replaced({ ...turn, answer: turn.answer + text });
      this.tell({ type: "delta", id, text });
    }
  }

  private replaced(turn: Turn): Turn {
    this.current.turns = this.current.turns.map((each) => (each.id === turn.id ? turn : each));
    return turn;
  }

  private async keep(conversation: Conversation): Promise<void> {
    this.conversations = kept(this.conversations, conversation);
    await this.context.workspaceState.update(STORED, this.conversations);
  }

  private tell(message: ToPage): void {
    void this.view?.webview.postMessage(message);
  }

  /** Shows which model and persona were chosen. */
  choose(choices: Partial<Choices>): void {
    this.choices = { ...this.choices, ...choices };
    setContext("model", Boolean(this.choices.model));
    this.tellAll();
  }

  private tellAll(): void {
    const { turns } = this.current;
    this.tell({ type: "turns", turns, attachments: this.attachments, choices: this.choices, canAsk: this.server.isRunning });
  }

  private async did(message: FromPage): Promise<void> {
    switch (message.type) {
      case "ready":
        this.tellAll();
        return;
      case "ask":
        return this.ask(message.question);
      case "stop":
        this.stop();
        return;
      case "open":
        return this.open(message.turn, message.path, message.startLine, message.endLine);
      case "detach":
        this.attach(this.attachments.filter((_, index) => index !== message.index));
        return;
      case "copy":
        await vscode.env.clipboard.writeText(message.text);
        return;
      case "insert":
        return insert(message.text, message.language);
      case "new file":
        return openAsFile(message.text, message.language);
      case "run":
        return runInTerminal(message.text);
      case "attach":
        await vscode.commands.executeCommand("fieldguide.chat.attach");
        return;
      case "pick model":
        await vscode.commands.executeCommand("fieldguide.switchModel");
        return;
      case "pick persona":
        await vscode.commands.executeCommand("fieldguide.setPersona");
        return;
      case "new chat":
        this.newChat();
    }
  }

  /** Opens what a citation names: a place that the answer's check has found, in the answer's own folder. */
  private async open(id: string, path: string, startLine: number, endLine: number): Promise<void> {
    const turn = this.current.turns.find((each) => each.id === id);
    const cited = turn?.citations.some((each) => each.verified && each.path === path);
    if (turn && cited) {
      const [folder, inside] = placeOf(turn, path);
      await openLines(vscode.Uri.joinPath(vscode.Uri.parse(folder), inside), startLine, endLine);
    }
  }
}
