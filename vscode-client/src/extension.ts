/** The entry point: creates the parts of the extension and connects them. The logic is in the server. */

import * as vscode from "vscode";
import { AnswerStream } from "./chat/answerStream";
import { choicesOf } from "./chat/messages";
import { Chat } from "./chat/view";
import { registerCommands, type Services } from "./commands";
import { setContext } from "./contexts";
import { registerParticipant } from "./copilot/participant";
import { messageOf } from "./errors";
import { isRemovedDocs } from "./index/docs";
import { isLocal } from "./index/folders";
import { Status } from "./index/status";
import { IndexTree } from "./index/tree";
import { forget, MODEL_SETTINGS, PERSONA_SETTING, restore, type Selection } from "./models/choices";
import { sendKeys } from "./models/secrets";
import { Server } from "./server/server";

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Fieldguide", { log: true });
  const server = new Server(context, log, async (client) => {
    stream.listen(client);
    status.listen(client);
    // Imported late: it loads the client library.
    const { serveModels } = await import("./models/serveModels.js");
    serveModels(client);
  });
  const stream = new AnswerStream();
  const chat = new Chat(context, server, stream);
  const status = new Status(server);
  const tree = new IndexTree(server, status);
  const services: Services = { context, server, chat, status, tree, log };
  context.subscriptions.push(
    log,
    server,
    stream,
    status,
    tree,
    registerCommands(services),
    registerParticipant(server, stream),
    vscode.window.registerWebviewViewProvider(Chat.id, chat, { webviewOptions: { retainContextWhenHidden: false } }),
    vscode.window.registerTreeDataProvider(IndexTree.id, tree),
    followServer(services),
    followWorkspace(services),
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

/** Starts the server once there is a folder that can be indexed. */
function startIfNeeded(server: Server): void {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const hasLocal = folders.some(isLocal);
  setContext("virtual", folders.length > 0 && !hasLocal);
  if (hasLocal && !server.isRequested) {
    void server.restart();
  }
}

/** Keeps the context keys up to date, and initializes each server that has started. */
function followServer(services: Services): vscode.Disposable {
  const { server, status, log } = services;
  const update = (): void => {
    setContext("running", server.isRunning);
    setContext("paused", status.isPaused);
    setContext("indexing", status.isBusy);
  };
  return vscode.Disposable.from(
    status.onDidChange(update),
    server.onDidChange((running) => {
      update();
      if (running) {
        initialize(services).catch((error: unknown) => {
          log.warn(messageOf(error));
        });
      }
    }),
  );
}

/** Sends the stored keys and selections to the server, and shows the model and persona in use in the chat. */
async function initialize({ context, server, chat }: Services): Promise<void> {
  await sendKeys(context.secrets, server);
  const { models, personas } = await restore(context.workspaceState, server);
  chat.choose({ ...choicesOf(models), persona: personas.persona });
}

/** Lets a changed setting replace what was selected before, and shows the model in use. */
async function followSettings(services: Services, change: vscode.ConfigurationChangeEvent): Promise<void> {
  const { context, server } = services;
  const changed: (keyof Selection)[] = [];
  if (MODEL_SETTINGS.some((setting) => change.affectsConfiguration(setting))) {
    changed.push("model");
  }
  if (change.affectsConfiguration(PERSONA_SETTING)) {
    changed.push("persona");
  }
  for (const each of changed) {
    await forget(context.workspaceState, server, each);
  }
  if (server.isRunning && changed.length > 0) {
    await initialize(services);
  }
}

/** Reacts to changes of the workspace folders, the settings and the trust in the workspace. */
function followWorkspace(services: Services): vscode.Disposable {
  const { server, status, log } = services;
  return vscode.Disposable.from(
    vscode.workspace.onDidChangeWorkspaceFolders(({ removed }) => {
      status.forget((each) => removed.some((folder) => folder.uri.toString() === each.folder));
      startIfNeeded(server);
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("fieldguide.server")) {
        void server.restart();
      } else {
        followSettings(services, change).catch((error: unknown) => {
          log.warn(messageOf(error));
        });
      }
      if (change.affectsConfiguration("fieldguide.docs")) {
        status.forget((each) => isRemovedDocs(each));
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.restart()),
  );
}
