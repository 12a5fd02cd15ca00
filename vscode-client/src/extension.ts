/** Wiring: which part is told of which. All thinking is in the server. */

import * as vscode from "vscode";
import { Chat } from "./chat/view";
import { registerCommands } from "./commands";
import { handOver } from "./keys";
import { MODELS, PERSONAS, type Models, type Personas } from "./protocol";
import { registerParticipant } from "./participant";
import { messageOf, Server } from "./server";
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
    server.onDidChange((running) => {
      void vscode.commands.executeCommand("setContext", "fieldguide.running", running);
      if (running) {
        greet(context, server, chat).catch((error: unknown) => {
          log.warn(messageOf(error));
        });
      }
    }),
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

/** Gives a server that has just started the user's keys, and asks which model and persona its settings choose. */
async function greet(context: vscode.ExtensionContext, server: Server, chat: Chat): Promise<void> {
  await handOver(context.secrets, server);
  const { model } = await server.request<Models>(MODELS, {});
  const { persona } = await server.request<Personas>(PERSONAS, {});
  chat.choose({ model: model ?? "", persona });
}
