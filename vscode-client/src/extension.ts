/** The entry point: creates the parts of the extension and connects them. The logic is in the server. */

import * as vscode from "vscode";
import { AnswerStream } from "./chat/answerStream";
import { Chat } from "./chat/view";
import { registerCommands } from "./commands";
import { setContext } from "./contexts";
import { registerParticipant } from "./copilot/participant";
import { messageOf } from "./errors";
import { isRemovedDocs } from "./index/docs";
import { isLocal } from "./index/folders";
import { Status } from "./index/status";
import { IndexTree } from "./index/tree";
import { sendKeys } from "./models/secrets";
import { MODELS, PERSONAS, type Models, type Personas } from "./protocol";
import { Server } from "./server/server";

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Fieldguide", { log: true });
  const server = new Server(context, log, async (client) => {
    answerStream.listen(client);
    status.listen(client);
    // Imported late: it loads the client library.
    const { serveModels } = await import("./models/serveModels.js");
    serveModels(client);
  });
  const answerStream = new AnswerStream();
  const chat = new Chat(context, server, answerStream);
  const status = new Status(server);
  const tree = new IndexTree(server, status);
  context.subscriptions.push(
    log,
    server,
    answerStream,
    status,
    tree,
    keepContexts(server, status),
    registerCommands({ context, server, chat, status, tree, log }),
    registerParticipant(server, answerStream),
    vscode.window.registerWebviewViewProvider(Chat.id, chat, { webviewOptions: { retainContextWhenHidden: false } }),
    vscode.window.registerTreeDataProvider(IndexTree.id, tree),
    vscode.workspace.onDidChangeWorkspaceFolders(({ removed }) => {
      status.forget((each) => removed.some((folder) => folder.uri.toString() === each.folder));
      startIfNeeded(server);
    }),
    server.onDidChange((running) => {
      if (running) {
        initialize(context, server, chat).catch((error: unknown) => {
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
  startIfNeeded(server);
}

/** VS Code waits for the result, so that the server can save its state. */
export async function deactivate(): Promise<void> {
  await stop?.();
}

/** Stops the server that `activate` has created: `deactivate` gets no arguments. */
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

/** Starts the server once there is a folder that can be indexed. */
function startIfNeeded(server: Server): void {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const hasLocal = folders.some(isLocal);
  setContext("virtual", folders.length > 0 && !hasLocal);
  if (hasLocal && !server.isRequested) {
    void server.restart();
  }
}

/** Sends the stored keys to a server that has just started, and shows the model and persona of its settings in the chat. */
async function initialize(context: vscode.ExtensionContext, server: Server, chat: Chat): Promise<void> {
  await sendKeys(context.secrets, server);
  const { model } = await server.request<Models>(MODELS, {});
  const { persona } = await server.request<Personas>(PERSONAS, {});
  chat.choose({ model: model ?? "", persona });
}
