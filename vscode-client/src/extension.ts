/** Wiring: which part is told of which. All thinking is in the server. */

import * as vscode from "vscode";
import { Chat } from "./chat/view";
import { registerCommands } from "./commands";
import { registerParticipant } from "./participant";
import { Server } from "./server";
import { Status } from "./status";
import { IndexTree } from "./tree";

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Fieldguide", { log: true });
  const server = new Server(context, log, (client) => {
    chat.listen(client);
    status.listen(client);
  });
  const chat = new Chat(context, server);
  const status = new Status(server);
  context.subscriptions.push(
    log,
    server,
    status,
    registerCommands({ context, server, chat, status, log }),
    registerParticipant(server),
    vscode.window.registerWebviewViewProvider(Chat.id, chat, { webviewOptions: { retainContextWhenHidden: false } }),
    vscode.window.registerTreeDataProvider(IndexTree.id, new IndexTree(status)),
    server.onDidChange((running) => void vscode.commands.executeCommand("setContext", "fieldguide.running", running)),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("fieldguide.server")) {
        void server.restart();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.restart()),
  );
  if (vscode.workspace.workspaceFolders?.some((folder) => folder.uri.scheme === "file")) {
    void server.restart();
  }
}
