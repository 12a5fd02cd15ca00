/** What the palette, the menus and the keys can do. */

import * as vscode from "vscode";
import type { Position, TextDocumentIdentifier } from "vscode-languageclient";
import type { Chat } from "./chat/view";
import type { Attachment } from "./chat/conversation";
import { setPersona, switchModel } from "./models/pick";
import { askForKey } from "./models/secrets";
import { attach, attachmentOf, selectionOf, wholeOf } from "./chat/attachments";
import { addDocs, removeDocs } from "./index/docs";
import { showPrompt } from "./chat/prompt";
import { generateConfig } from "./config/generate";
import { reindex } from "./index/reindex";
import { showMenu } from "./index/menu";
import type { Group } from "./index/outline";
import { MODELS, PAUSE, RESUME, type ExplainProblemParams, type IndexStatus, type Models } from "./protocol";
import { searchByMeaning } from "./index/search";
import { messageOf } from "./errors";
import type { Server } from "./server/server";
import type { Status } from "./index/status";
import { generateConfigWithModel } from "./config/withModel";
import type { IndexTree } from "./index/tree";

export interface Parts {
  context: vscode.ExtensionContext;
  server: Server;
  chat: Chat;
  status: Status;
  tree: IndexTree;
  log: vscode.LogOutputChannel;
}

type Run = (...args: unknown[]) => unknown;

/** Registers every command. What a command throws becomes one calm message. */
export function registerCommands(parts: Parts): vscode.Disposable {
  const commands: Record<string, Run> = {
    askQuestion: () => parts.chat.compose(),
    askSelection: () => parts.chat.compose(selectionOf(editor())),
    explainSelection: () => explainSelection(parts.chat),
    explainSymbol: () => explainSymbol(parts.chat),
    explainFile: (uri) => explainFile(parts.chat, uri instanceof vscode.Uri ? uri : editor().document.uri),
    searchByMeaning: () => {
      searchByMeaning(parts.server);
    },
    pickConfig: (uri) => generateConfig(parts.server, parts.log, uriOf(uri)),
    pickConfigWithModel: (uri) => generateConfigWithModel(parts.server, parts.log, uriOf(uri)),
    "chat.new": () => {
      parts.chat.newChat();
    },
    "chat.history": () => parts.chat.pickHistory(),
    "chat.attach": (uri) => attach(parts.chat, uriOf(uri)),
    "chat.stop": () => {
      parts.chat.stop();
    },
    "chat.explain": (place) => explainPlace(parts.chat, place as Place),
    "chat.ask": (place) => askPlace(parts.chat, place as Place),
    "chat.explainProblem": (problem) => explainProblem(parts.chat, problem as ExplainProblemParams),
    promptOf: () => showPrompt(parts.server, parts.chat),
    switchModel: () => chooseModel(parts),
    setPersona: () => choosePersona(parts),
    modelKey: () => setKey(parts),
    "docs.add": () => addDocs(parts.server),
    "docs.remove": (node) => removeDocs(uriOf(node)),
    "index.reindex": (at) => reindex(parts.server, uriOf(at)),
    pause: () => parts.server.request(PAUSE, {}),
    resume: () => parts.server.request(RESUME, {}),
    "index.refresh": () => {
      parts.tree.refresh();
    },
    "index.more": (group) => parts.tree.more(group as Group),
    restart: () => parts.server.restart(),
    showLogs: () => {
      parts.log.show();
    },
    menu: () => showMenu(parts.status, parts.server.isRunning),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(`fieldguide.${name}`, guarded(parts.log, run))),
  );
}

function guarded(log: vscode.LogOutputChannel, run: Run): Run {
  return async (...args) => {
    try {
      await run(...args);
    } catch (error) {
      log.error(messageOf(error));
      void vscode.window.showErrorMessage(messageOf(error));
    }
  };
}

function editor(): vscode.TextEditor {
  const active = vscode.window.activeTextEditor;
  if (!active) {
    throw new Error("Open a file first.");
  }
  return active;
}

/** A place that a link of the server names. */
interface Place {
  textDocument: TextDocumentIdentifier;
  position: Position;
}

async function explainSelection(chat: Chat): Promise<void> {
  const { document, selection } = editor();
  await chat.explain("Explain the selection", { textDocument: { uri: document.uri.toString() }, range: selection }, selectionOf(editor()));
}

async function explainSymbol(chat: Chat): Promise<void> {
  const { document, selection } = editor();
  await explainPlace(chat, { textDocument: { uri: document.uri.toString() }, position: selection.active });
}

/** Explains what a link, a lens or the cursor points at. */
async function explainPlace(chat: Chat, { textDocument, position }: Place): Promise<void> {
  const { word, about } = await lineOf(textDocument.uri, position);
  await chat.explain(`Explain ${word || "this"}`, { textDocument, position }, about);
}

/** Begins a question about what a link points at. */
async function askPlace(chat: Chat, { textDocument, position }: Place): Promise<void> {
  const { word, about } = await lineOf(textDocument.uri, position);
  await chat.compose(about, word ? `About \`${word}\`: ` : undefined);
}

async function explainProblem(chat: Chat, problem: ExplainProblemParams): Promise<void> {
  const { start, end } = problem.range;
  await chat.explainProblem(problem, attachmentOf(vscode.Uri.parse(problem.textDocument.uri), start.line + 1, end.line + 1));
}

async function lineOf(uri: string, { line, character }: Place["position"]): Promise<{ word: string; about: Attachment }> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  // A lens stands at the beginning of the line, before the name.
  const at = character === 0 ? undefined : document.getWordRangeAtPosition(new vscode.Position(line, character));
  return { word: at ? document.getText(at) : "", about: attachmentOf(document.uri, line + 1, line + 1) };
}

async function explainFile(chat: Chat, uri: vscode.Uri): Promise<void> {
  const about = await wholeOf(uri);
  await chat.explain(`Explain ${about.path}`, { textDocument: { uri: about.uri } }, about);
}

/** A command's argument as a place in the explorer, or as a folder of the index view. */
function uriOf(argument: unknown): vscode.Uri | undefined {
  if (argument instanceof vscode.Uri) {
    return argument;
  }
  const folder = (argument as { status?: IndexStatus } | undefined)?.status?.folder;
  return folder ? vscode.Uri.parse(folder) : undefined;
}

async function chooseModel({ server, context, chat }: Parts): Promise<void> {
  const model = await switchModel(server, context.secrets);
  if (model !== undefined) {
    chat.choose({ model });
  }
}

async function choosePersona({ server, chat }: Parts): Promise<void> {
  const persona = await setPersona(server);
  if (persona) {
    chat.choose({ persona });
  }
}

async function setKey({ server, context }: Parts): Promise<void> {
  const { profile, profiles } = await server.request<Models>(MODELS, {});
  const variables = new Set(profiles.filter((each) => each.api_key_env).map((each) => each.api_key_env));
  const used = profiles.find((each) => each.profile === profile)?.api_key_env;
  const variable = used ?? (await vscode.window.showQuickPick([...variables], { title: "Fieldguide: which key" }));
  if (variable) {
    await askForKey(context.secrets, server, variable);
  }
}
