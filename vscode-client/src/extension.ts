/** Wiring: which part is told of which. All thinking is in the server. */

import * as vscode from "vscode";
import { Answers } from "./chat/answerStream";
import { Chat } from "./chat/view";
import { registerCommands } from "./commands";
import { setContext } from "./contexts";
import { isRemovedDocs } from "./index/docs";
import { isLocal } from "./index/folders";
import { handOver } from "./models/secrets";
import { MODELS, PERSONAS, type Models, type Personas } from "./protocol";
import { registerParticipant } from "./copilot/participant";
import { messageOf } from "./errors";
import { Server } from "./server/server";
import { Status } from "./index/status";
import { IndexTree } from "./index/tree";

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Fieldguide", { log: true });
  const server = new Server(context, log, async (client) => {
    answers.listen(client);
    status.listen(client);
    // Imported late: it loads the client library.
    const { offerModels } = await import("./models/serveModels.js");
    offerModels(client);
  });
  const answers = new Answers();
  const chat = new Chat(context, server, answers);
  const status = new Status(server);
  const tree = new IndexTree(server, status);
  context.subscriptions.push(
    log,
    server,
    answers,
    status,
    tree,
    keepContexts(server, status),
    registerCommands({ context, server, chat, status, tree, log }),
    registerParticipant(server, answers),
    vscode.window.registerWebviewViewProvider(Chat.id, chat, { webviewOptions: { retainContextWhenHidden: false } }),
    vscode.window.registerTreeDataProvider(IndexTree.id, tree),
    vscode.workspace.onDidChangeWorkspaceFolders(({ removed }) => {
      status.forget((each) => removed.some((folder) => folder.uri.toString() === each.folder));
      begin(server);
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
    { dispose: () => (stop = undefined) },
  );
  stop = () => server.stop();
  begin(server);
}

/** VS Code waits for this, so that the server can write what it holds. */
export async function deactivate(): Promise<void> {
  await stop?.();
}

/** The end of the server that `activate` made: VS Code gives `deactivate` nothing to find it by. */
let stop: (() => Promise<void>) | undefined;

/** Keeps the context keys of the server and its indexes up to date. */
function keepContexts(server: Server, status: Status): vscode.Disposable {
  const update = (): void => {
    setContext("running", server.isRunning);
    setContext("paused", status.isPaused);
    setContext("indexing", status.isBusy);
  };
  return vscode.Disposable.from(server.onDidChange(update), status.onDidChange(update));
}

/** Starts the server as soon as there is a folder that can be indexed. */
function begin(server: Server): void {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const some = folders.some(isLocal);
  setContext("virtual", folders.length > 0 && !some);
  if (some && !server.isWanted) {
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
