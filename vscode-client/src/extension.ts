/** Wiring: which part is told of which. All thinking is in the server. */

import * as vscode from "vscode";
import { Chat } from "./chat/view";
import { registerCommands } from "./commands";
import { keepContexts } from "./contexts";
import { isRemovedDocs } from "./docs";
import { handOver } from "./keys";
import { LINKS } from "./linking";
import { MODELS, PERSONAS, type Models, type Personas } from "./protocol";
import { offerModels } from "./offering";
import { registerParticipant } from "./participant";
import { messageOf, Server } from "./server";
import { Status } from "./status";
import { IndexTree } from "./tree";

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Fieldguide", { log: true });
  const server = new Server(context, log, (client) => {
    chat.listen(client);
    status.listen(client);
    client.registerFeature(LINKS);
    offerModels(client);
  });
  const chat = new Chat(context, server);
  const status = new Status(server);
  const tree = new IndexTree(server, status);
  context.subscriptions.push(
    log,
    server,
    status,
    tree,
    keepContexts(server, status),
    registerCommands({ context, server, chat, status, tree, log }),
    registerParticipant(server),
    vscode.window.registerWebviewViewProvider(Chat.id, chat, { webviewOptions: { retainContextWhenHidden: false } }),
    vscode.window.registerTreeDataProvider(IndexTree.id, tree),
    vscode.workspace.onDidChangeWorkspaceFolders(({ removed }) => {
      status.forget((each) => removed.some((folder) => folder.uri.toString() === each.folder));
    }),
    server.onDidChange((running) => {
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
      if (change.affectsConfiguration("fieldguide.docs")) {
        status.forget((each) => isRemovedDocs(each));
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
