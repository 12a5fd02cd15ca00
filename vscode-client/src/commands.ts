/** The commands of the extension. */

import * as vscode from "vscode";
import type { Position, TextDocumentIdentifier } from "vscode-languageclient";
import { attach, attachmentOf, fileAttachment, selectionAttachment } from "./chat/attachments";
import type { Attachment } from "./chat/conversation";
import { choicesOf } from "./chat/messages";
import { showPrompt } from "./chat/prompt";
import type { Chat } from "./chat/view";
import { generateConfig } from "./config/generate";
import { generateConfigWithModel } from "./config/withModel";
import { messageOf } from "./errors";
import { addDocs, removeDocs } from "./index/docs";
import { showMenu } from "./index/menu";
import type { Group } from "./index/outline";
import { reindex } from "./index/reindex";
import { searchByMeaning } from "./index/search";
import type { Status } from "./index/status";
import type { IndexTree } from "./index/tree";
import { selectModel, selectPersona } from "./models/pick";
import { promptForKey } from "./models/secrets";
import { MODELS, PAUSE, RESUME, type ExplainProblemParams, type IndexStatus, type Models } from "./protocol";
import type { Server } from "./server/server";

export interface Services {
  context: vscode.ExtensionContext;
  server: Server;
  chat: Chat;
  status: Status;
  tree: IndexTree;
  log: vscode.LogOutputChannel;
}

type Run = (...args: unknown[]) => unknown;

/** Registers every command. An error of a command is shown as one notification. */
export function registerCommands(services: Services): vscode.Disposable {
  const { server, chat, status, tree, log } = services;
  const commands: Record<string, Run> = {
    askQuestion: () => chat.compose(),
    askSelection: () => chat.compose(selectionAttachment(activeEditor())),
    explainSelection: () => explainSelection(chat),
    explainSymbol: () => explainSymbol(chat),
    explainFile: (uri) => explainFile(chat, uri instanceof vscode.Uri ? uri : activeEditor().document.uri),
    searchByMeaning: () => {
      searchByMeaning(server);
    },
    pickConfig: (uri) => generateConfig(server, log, uriOf(uri)),
    pickConfigWithModel: (uri) => generateConfigWithModel(server, log, uriOf(uri)),
    "chat.new": () => {
      chat.newChat();
    },
    "chat.history": () => chat.pickHistory(),
    "chat.attach": (uri) => attach(chat, uriOf(uri)),
    "chat.stop": () => {
      chat.stop();
    },
    "chat.explain": (position) => explainAt(chat, position as TextDocumentPosition),
    "chat.ask": (position) => askAbout(chat, position as TextDocumentPosition),
    "chat.explainProblem": (problem) => explainProblem(chat, problem as ExplainProblemParams),
    promptOf: () => showPrompt(server, chat),
    switchModel: () => changeModel(services),
    setPersona: () => changePersona(services),
    modelKey: () => setKey(services),
    "docs.add": () => addDocs(server),
    "docs.remove": (node) => removeDocs(uriOf(node)),
    "index.reindex": (uri) => reindex(server, uriOf(uri)),
    pause: () => server.request(PAUSE, {}),
    resume: () => server.request(RESUME, {}),
    "index.refresh": () => {
      tree.refresh();
    },
    "index.more": (group) => tree.showMore(group as Group),
    restart: () => server.restart(),
    showLogs: () => {
      log.show();
    },
    menu: () => showMenu(status, server.isRunning),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(`fieldguide.${name}`, withErrorMessage(log, run))),
  );
}

function withErrorMessage(log: vscode.LogOutputChannel, run: Run): Run {
  return async (...args) => {
    try {
      await run(...args);
    } catch (error) {
      log.error(messageOf(error));
      void vscode.window.showErrorMessage(messageOf(error));
    }
  };
}

function activeEditor(): vscode.TextEditor {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    throw new Error("Open a file first.");
  }
  return editor;
}

/** A position in a document: the argument of the server's links. */
interface TextDocumentPosition {
  textDocument: TextDocumentIdentifier;
  position: Position;
}

async function explainSelection(chat: Chat): Promise<void> {
  const editor = activeEditor();
  const { document, selection } = editor;
  await chat.explain("Explain the selection", { textDocument: { uri: document.uri.toString() }, range: selection }, selectionAttachment(editor));
}

async function explainSymbol(chat: Chat): Promise<void> {
  const { document, selection } = activeEditor();
  await explainAt(chat, { textDocument: { uri: document.uri.toString() }, position: selection.active });
}

/** Explains the symbol at the position of a link, a code lens or the cursor. */
async function explainAt(chat: Chat, { textDocument, position }: TextDocumentPosition): Promise<void> {
  const { word, attachment } = await lineAt(textDocument.uri, position);
  await chat.explain(`Explain ${word || "this"}`, { textDocument, position }, attachment);
}

/** Starts a question about the symbol at the position of a link. */
async function askAbout(chat: Chat, { textDocument, position }: TextDocumentPosition): Promise<void> {
  const { word, attachment } = await lineAt(textDocument.uri, position);
  await chat.compose(attachment, word ? `About \`${word}\`: ` : undefined);
}

async function explainProblem(chat: Chat, problem: ExplainProblemParams): Promise<void> {
  const { start, end } = problem.range;
  await chat.explainProblem(problem, attachmentOf(vscode.Uri.parse(problem.textDocument.uri), start.line + 1, end.line + 1));
}

async function lineAt(uri: string, { line, character }: Position): Promise<{ word: string; attachment: Attachment }> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  // A code lens is at the start of the line, before the name.
  const range = character === 0 ? undefined : document.getWordRangeAtPosition(new vscode.Position(line, character));
  return { word: range ? document.getText(range) : "", attachment: attachmentOf(document.uri, line + 1, line + 1) };
}

async function explainFile(chat: Chat, uri: vscode.Uri): Promise<void> {
  const attachment = await fileAttachment(uri);
  await chat.explain(`Explain ${attachment.path}`, { textDocument: { uri: attachment.uri } }, attachment);
}

/** The URI that a menu passes to a command: a file of the explorer, or a folder of the index view. */
function uriOf(argument: unknown): vscode.Uri | undefined {
  if (argument instanceof vscode.Uri) {
    return argument;
  }
  const folder = (argument as { status?: IndexStatus } | undefined)?.status?.folder;
  return folder ? vscode.Uri.parse(folder) : undefined;
}

async function changeModel({ server, context, chat }: Services): Promise<void> {
  const models = await selectModel(server, context);
  if (models) {
    chat.choose(choicesOf(models));
  }
}

async function changePersona({ server, context, chat }: Services): Promise<void> {
  const persona = await selectPersona(server, context.workspaceState);
  if (persona) {
    chat.choose({ persona });
  }
}

async function setKey({ server, context }: Services): Promise<void> {
  const { profile, profiles } = await server.request<Models>(MODELS, {});
  const variables = new Set(profiles.filter((each) => each.api_key_env).map((each) => each.api_key_env));
  const current = profiles.find((each) => each.profile === profile)?.api_key_env;
  const variable = current ?? (await vscode.window.showQuickPick([...variables], { title: "Fieldguide: select an API key" }));
  if (variable) {
    await promptForKey(context.secrets, server, variable);
  }
}
