/** What the palette, the menus and the keys can do. */

import * as vscode from "vscode";
import type { Chat } from "./chat/view";
import type { Attachment } from "./chat/session";
import { setPersona, switchModel } from "./choosing";
import { askForKey } from "./keys";
import { GENERATE_CONFIG, MODELS, PAUSE, RESUME, SHOW_PROMPT, type GenerateConfigParams, type GeneratedConfig, type Models, type Prompt } from "./protocol";
import { searchByMeaning } from "./search";
import { messageOf, type Server } from "./server";
import { sentence, type Status } from "./status";

export interface Parts {
  context: vscode.ExtensionContext;
  server: Server;
  chat: Chat;
  status: Status;
  log: vscode.LogOutputChannel;
}

type Run = (...args: unknown[]) => unknown;

/** Registers every command. What a command throws becomes one calm message. */
export function registerCommands(parts: Parts): vscode.Disposable {
  const commands: Record<string, Run> = {
    askQuestion: () => parts.chat.compose(),
    askSelection: () => parts.chat.compose(selectionOf(editor())),
    explainSelection: () => explain(parts.chat),
    explainFile: (uri) => explainFile(parts.chat, uri instanceof vscode.Uri ? uri : editor().document.uri),
    searchByMeaning: () => {
      searchByMeaning(parts.server);
    },
    pickConfig: () => generateConfig(parts.server),
    "chat.new": () => {
      parts.chat.newChat();
    },
    "chat.history": () => parts.chat.pickHistory(),
    "chat.attach": () => parts.chat.compose(selectionOf(editor())),
    "chat.stop": () => {
      parts.chat.stop();
    },
    promptOf: () => showPrompt(parts),
    switchModel: () => chooseModel(parts),
    setPersona: () => choosePersona(parts),
    modelKey: () => setKey(parts),
    pause: () => parts.server.request(PAUSE, {}),
    resume: () => parts.server.request(RESUME, {}),
    restart: () => parts.server.restart(),
    showLogs: () => {
      parts.log.show();
    },
    menu: () => menu(parts),
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

/** The selected lines, or the whole file where nothing is selected. */
export function selectionOf({ document, selection }: vscode.TextEditor): Attachment {
  const whole = { path: vscode.workspace.asRelativePath(document.uri), uri: document.uri.toString(), startLine: 1, endLine: document.lineCount };
  return selection.isEmpty ? whole : { ...whole, startLine: selection.start.line + 1, endLine: lastLine(selection) };
}

/** A selection that ends before the first character of a line does not mean that line. */
function lastLine({ start, end }: vscode.Selection): number {
  return end.character === 0 && end.line > start.line ? end.line : end.line + 1;
}

async function explain(chat: Chat): Promise<void> {
  const { document, selection } = editor();
  const about = selectionOf(editor());
  const textDocument = { uri: document.uri.toString() };
  if (selection.isEmpty) {
    const word = document.getText(document.getWordRangeAtPosition(selection.active));
    await chat.explain(`Explain ${word || "this"}`, { textDocument, position: selection.active }, { ...about, startLine: selection.active.line + 1, endLine: selection.active.line + 1 });
  } else {
    await chat.explain("Explain the selection", { textDocument, range: selection }, about);
  }
}

async function explainFile(chat: Chat, uri: vscode.Uri): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const about = { path: vscode.workspace.asRelativePath(uri), uri: uri.toString(), startLine: 1, endLine: document.lineCount };
  await chat.explain(`Explain ${about.path}`, { textDocument: { uri: about.uri } }, about);
}

const TARGETS: readonly (vscode.QuickPickItem & { target: string })[] = [
  { target: "devcontainer", label: "devcontainer.json", description: "VS Code, Codespaces and others" },
  { target: "gitpod", label: ".gitpod.yml", description: "Gitpod Classic" },
  { target: "automations", label: "automations.yaml", description: "Ona and Gitpod Flex" },
  { target: "workflow", label: "A GitHub workflow", description: "Sets up and tests the project" },
];

/** Generates a config; the edit that comes back is shown by VS Code for the user to confirm. */
async function generateConfig(server: Server): Promise<void> {
  const chosen = await vscode.window.showQuickPick(TARGETS, { title: "Fieldguide: generate config" });
  const folder = chosen && (await pickFolder());
  if (!chosen || !folder) {
    return;
  }
  const params: GenerateConfigParams = { target: chosen.target, folder: folder.uri.toString(), apply: true };
  const made = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: "Fieldguide: reading the project" }, () =>
    server.request<GeneratedConfig>(GENERATE_CONFIG, params),
  );
  const first = made.files[0];
  if (made.applied && first) {
    await vscode.window.showTextDocument(vscode.Uri.joinPath(folder.uri, first.path));
  }
  const open = [...made.unknown, ...made.problems];
  if (open.length) {
    void vscode.window.showInformationMessage(`Left open: ${open.slice(0, 3).join("; ")}`);
  }
}

async function pickFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (!folders.length) {
    throw new Error("Open a folder first.");
  }
  return folders.length === 1 ? folders[0] : vscode.window.showWorkspaceFolderPick();
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

/** Shows the exact messages that a model would be sent; it is sent nothing. */
async function showPrompt({ server, chat }: Parts): Promise<void> {
  const question = await vscode.window.showInputBox({ title: "Fieldguide: show the prompt for a question" });
  if (question) {
    const { messages } = await server.request<Prompt>(SHOW_PROMPT, chat.params(question));
    const content = messages.map((each) => `--- ${each.role} ---\n\n${each.content}`).join("\n\n");
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: "markdown" }), { preview: true });
  }
}

async function menu(parts: Parts): Promise<void> {
  const states = parts.status.all.map((each) => ({ label: sentence(each), kind: vscode.QuickPickItemKind.Separator }));
  const entry = (label: string, command: string): vscode.QuickPickItem & { command: string } => ({ label, command });
  const items = [
    ...states,
    entry("$(comment-discussion) Ask a question", "fieldguide.askQuestion"),
    entry("$(search) Search by meaning", "fieldguide.searchByMeaning"),
    entry("$(file-code) Generate config", "fieldguide.pickConfig"),
    entry("$(hubot) Switch model", "fieldguide.switchModel"),
    entry("$(debug-pause) Pause indexing", "fieldguide.pause"),
    entry("$(debug-continue) Resume indexing", "fieldguide.resume"),
    entry("$(list-tree) Show the index", "fieldguide.index.focus"),
    entry("$(debug-restart) Restart the server", "fieldguide.restart"),
    entry("$(output) Show logs", "fieldguide.showLogs"),
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: "Fieldguide" });
  if (chosen && "command" in chosen) {
    await vscode.commands.executeCommand(chosen.command);
  }
}

