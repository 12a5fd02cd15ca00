/** The chat view in the side bar: connects its page, the conversations and the server. */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import { setContext } from "../contexts";
import { messageOf } from "../errors";
import { openLines } from "../openLines";
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
import type { Server } from "../server/server";
import type { AnswerStream } from "./answerStream";
import { insert, openAsFile, runInTerminal } from "./codeBlocks";
import { historyOf, newTurn, resolvePath, restore, withAnswer, withCurrent, type Attachment, type Conversation, type Turn } from "./conversation";
import { pageHtml } from "./html";
import type { Choices, MessageFromPage, MessageToPage } from "./messages";
import { pickConversation } from "./pickConversation";

const CONVERSATIONS_KEY = "fieldguide.conversations";
const VIEW_STATE_KEY = "fieldguide.chat";

/** The state of the view that survives a reload, besides the conversations. */
interface ViewState {
  current: string;
  attachments: Attachment[];
}

export class Chat implements vscode.WebviewViewProvider {
  static readonly id = "fieldguide.chat";

  private view: vscode.WebviewView | undefined;
  private conversations: Conversation[];
  private current: Conversation;
  private attachments: Attachment[] = [];
  private choices: Choices = { model: "", address: "", persona: "engineer" };
  private request: { id: string; cancel: vscode.CancellationTokenSource } | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly server: Server,
    stream: AnswerStream,
  ) {
    this.conversations = restore(context.workspaceState.get(CONVERSATIONS_KEY));
    const state = context.workspaceState.get<ViewState>(VIEW_STATE_KEY);
    this.attachments = state?.attachments ?? [];
    this.current = this.conversations.find((each) => each.id === state?.current) ?? { id: state?.current ?? randomUUID(), turns: [] };
    server.onDidChange(() => {
      this.postAll();
    });
    this.listen(stream);
  }

  private listen(stream: AnswerStream): void {
    stream.onDelta(({ token, text }) => {
      if (token === this.request?.id) {
        this.addText(token, text);
      }
    });
    stream.onReset(({ token }) => {
      const turn = token === this.request?.id ? this.findTurn(token) : undefined;
      if (turn) {
        this.post({ type: "turn", turn: this.replace({ ...turn, answer: "" }) });
      }
    });
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    view.webview.options = { enableScripts: true, localResourceRoots: [this.context.extensionUri] };
    const uriOf = (...parts: string[]): string => view.webview.asWebviewUri(vscode.Uri.joinPath(this.context.extensionUri, ...parts)).toString();
    view.webview.html = pageHtml({ style: uriOf("media", "chat.css"), script: uriOf("dist", "chat.js"), origin: view.webview.cspSource });
    view.webview.onDidReceiveMessage((message: MessageFromPage) =>
      this.handle(message).catch((error: unknown) => {
        void vscode.window.showErrorMessage(messageOf(error));
      }),
    );
    view.onDidDispose(() => {
      this.view = undefined;
    });
  }

  /** Shows the chat and asks a question. */
  async ask(question: string, attachments: Attachment[] = this.attachments): Promise<void> {
    await this.show(false);
    const params: AskParams = this.params(question, attachments);
    this.setAttachments([]);
    await this.answer(newTurn(randomUUID(), question, attachments), ASK, params);
  }

  /** The params of a question: its history, and the attached or the open file. */
  params(question: string, attachments: readonly Attachment[] = this.attachments): ShowPromptParams {
    const [first, ...others] = attachments;
    const active = vscode.window.activeTextEditor?.document.uri;
    const uri = first?.uri ?? (active?.scheme === "file" ? active.toString() : undefined);
    return {
      question,
      history: historyOf(this.current.turns),
      ...(uri ? { textDocument: { uri } } : {}),
      ...(first ? { selection: rangeOf(new vscode.Range(first.startLine - 1, 0, first.endLine, 0)) } : {}),
      ...(others.length ? { openFiles: others.map((each) => each.uri) } : {}),
    };
  }

  /** Shows the chat and explains lines of a file. */
  async explain(title: string, params: ExplainParams, attachment: Attachment): Promise<void> {
    await this.show(false);
    await this.answer(newTurn(randomUUID(), title, [attachment]), EXPLAIN, params);
  }

  /** Shows the chat and explains a diagnostic. */
  async explainProblem(params: ExplainProblemParams, attachment: Attachment): Promise<void> {
    await this.show();
    await this.answer(newTurn(randomUUID(), `Explain this problem: ${params.message}`, [attachment]), EXPLAIN_PROBLEM, params);
  }

  /** Shows the chat with the focus in the question, adding an attachment or starting the question with a text. */
  async compose(attachment?: Attachment, text?: string): Promise<void> {
    await this.show();
    this.setAttachments(attachment ? [...this.attachments, attachment] : this.attachments);
    this.post(text === undefined ? { type: "focus" } : { type: "focus", text });
  }

  newChat(): void {
    this.stop();
    this.current = { id: randomUUID(), turns: [] };
    this.setAttachments([]);
    this.postAll();
  }

  private setAttachments(attachments: Attachment[]): void {
    this.attachments = attachments;
    this.saveViewState();
    this.post({ type: "attachments", attachments });
  }

  private saveViewState(): void {
    void this.context.workspaceState.update(VIEW_STATE_KEY, { current: this.current.id, attachments: this.attachments } satisfies ViewState);
  }

  /** Lets the user return to an earlier conversation, or delete some. */
  async pickHistory(): Promise<void> {
    const conversation = await pickConversation(this.conversations, (deleted) => {
      this.conversations = this.conversations.filter((each) => each.id !== deleted.id);
      void this.context.workspaceState.update(CONVERSATIONS_KEY, this.conversations);
      if (deleted.id === this.current.id) {
        this.newChat();
      }
    });
    if (conversation) {
      this.stop();
      this.current = conversation;
      this.saveViewState();
      await this.show();
      this.postAll();
    }
  }

  /** Stops the current answer. */
  stop(): void {
    this.request?.cancel.cancel();
  }

  /** Shows the chat. Without `focus`, a chat that is visible already does not take the focus from the editor. */
  private async show(focus = true): Promise<void> {
    if (focus || !this.view?.visible) {
      await vscode.commands.executeCommand(`${Chat.id}.focus`);
    }
  }

  private async answer(turn: Turn, method: string, params: AskParams | ExplainParams | ExplainProblemParams): Promise<void> {
    this.stop();
    const cancel = new vscode.CancellationTokenSource();
    this.request = { id: turn.id, cancel };
    setContext("answering", true);
    this.saveViewState();
    const conversation = this.current;
    conversation.turns.push(turn);
    this.post({ type: "turn", turn });
    const finished = await this.finish(turn, method, { ...params, token: turn.id }, cancel.token);
    conversation.turns = conversation.turns.map((each) => (each.id === turn.id ? finished : each));
    this.endRequest(turn.id);
    cancel.dispose();
    await this.save(conversation);
    if (conversation === this.current) {
      this.post({ type: "turn", turn: finished });
    }
  }

  /** Marks a request as finished, unless a newer one has replaced it. */
  private endRequest(id: string): void {
    if (this.request?.id === id) {
      this.request = undefined;
      setContext("answering", false);
    }
  }

  /** Sends the request of a turn; returns the turn with its answer, or as stopped or failed. */
  private async finish(turn: Turn, method: string, params: object, token: vscode.CancellationToken): Promise<Turn> {
    try {
      return withAnswer(turn, await this.server.request<Answer>(method, params, token));
    } catch (error) {
      const latest = this.findTurn(turn.id) ?? turn;
      return token.isCancellationRequested ? { ...latest, state: "stopped" } : { ...latest, state: "failed", notice: messageOf(error) };
    }
  }

  private findTurn(id: string): Turn | undefined {
    return this.current.turns.find((each) => each.id === id);
  }

  private addText(id: string, text: string): void {
    const turn = this.findTurn(id);
    if (turn) {
      this.replace({ ...turn, answer: turn.answer + text });
      this.post({ type: "delta", id, text });
    }
  }

  private replace(turn: Turn): Turn {
    this.current.turns = this.current.turns.map((each) => (each.id === turn.id ? turn : each));
    return turn;
  }

  private async save(conversation: Conversation): Promise<void> {
    this.conversations = withCurrent(this.conversations, conversation);
    await this.context.workspaceState.update(CONVERSATIONS_KEY, this.conversations);
  }

  private post(message: MessageToPage): void {
    void this.view?.webview.postMessage(message);
  }

  /** Shows the selected model and persona. */
  choose(choices: Partial<Choices>): void {
    this.choices = { ...this.choices, ...choices };
    setContext("model", Boolean(this.choices.model));
    this.postAll();
  }

  private postAll(): void {
    const { turns } = this.current;
    this.post({ type: "turns", turns, attachments: this.attachments, choices: this.choices, canAsk: this.server.isRunning });
  }

  private async handle(message: MessageFromPage): Promise<void> {
    switch (message.type) {
      case "ready":
        this.postAll();
        return;
      case "ask":
        return this.ask(message.question);
      case "stop":
        this.stop();
        return;
      case "open":
        return this.open(message.turn, message.path, message.startLine, message.endLine);
      case "detach":
        this.setAttachments(this.attachments.filter((_, index) => index !== message.index));
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

  /** Opens the lines of a citation, if it was verified. */
  private async open(id: string, path: string, startLine: number, endLine: number): Promise<void> {
    const turn = this.findTurn(id);
    if (turn?.citations.some((each) => each.verified && each.path === path)) {
      const [folder, pathInFolder] = resolvePath(turn, path);
      await openLines(vscode.Uri.joinPath(vscode.Uri.parse(folder), pathInFolder), startLine, endLine);
    }
  }
}
