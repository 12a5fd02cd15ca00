/** Which server is started: the first that is there and fits, else one that the user lets us install. */

import * as vscode from "vscode";
import { candidates, fits, misfit, versionIn, type Command } from "./candidates";
import { install, installedIn } from "./install";
import { isExecutable, run } from "./process";

const VERSION_MS = 30_000;

/** The command to start; undefined where there is none. Then an installation is offered, and `installed` called after it. */
export async function locate(context: vscode.ExtensionContext, log: vscode.LogOutputChannel, installed: () => void): Promise<Command | undefined> {
  const { version } = context.extension.packageJSON as { version: string };
  const storage = context.globalStorageUri.fsPath;
  const places = {
    setting: setting("server.path"),
    path: process.env.PATH ?? "",
    python: selectedPython,
    installed: await installedIn(storage),
    windows: process.platform === "win32",
  };
  let outdated: string | undefined;
  for await (const command of candidates(places, isExecutable)) {
    const ran = await run(command.program, [...command.args, "--version"], { timeout: VERSION_MS });
    const found = versionIn(ran.output);
    if (found !== undefined && fits(found, version)) {
      return command;
    }
    const reason = misfit(found, ran.failure, version);
    log.info(`Not used: ${command.program} ${reason}`);
    if (command.origin === "setting") {
      void refuse(`The program of fieldguide.server.path ${reason}.`, log);
      return undefined;
    }
    outdated ??= found && `The server that was found (${command.origin}) ${reason}. Install one that fits`;
  }
  const question = `${outdated ?? "Fieldguide needs its language server. Install it"} into the extension's own folder?`;
  // Nobody waits for the answer: a path that is set meanwhile must be tried.
  void offerInstallation(question, { version, storage, log }).then((made) => {
    if (made) {
      installed();
    }
  });
  return undefined;
}

interface Offer {
  version: string;
  storage: string;
  log: vscode.LogOutputChannel;
}

async function offerInstallation(question: string, offer: Offer): Promise<Command | undefined> {
  const chosen = await vscode.window.showInformationMessage(question, "Install", "Choose a path");
  if (chosen === "Choose a path") {
    await vscode.commands.executeCommand("workbench.action.openSettings", "fieldguide.server.path");
  }
  return chosen === "Install" ? installWithProgress(offer) : undefined;
}

async function installWithProgress({ version, storage, log }: Offer): Promise<Command | undefined> {
  const options = { location: vscode.ProgressLocation.Notification, title: "Fieldguide", cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    const stop = new AbortController();
    token.onCancellationRequested(() => {
      stop.abort();
    });
    try {
      return await install({
        storage,
        version,
        source: setting("server.package") || `fieldguide==${version}`,
        windows: process.platform === "win32",
        env: process.env,
        report: (message) => {
          progress.report({ message });
        },
        log: (text) => {
          log.info(text);
        },
        signal: stop.signal,
      });
    } catch (error) {
      void refuse(error instanceof Error ? error.message : String(error), log);
      return undefined;
    }
  });
}

async function refuse(sentence: string, log: vscode.LogOutputChannel): Promise<void> {
  log.error(sentence);
  if (await vscode.window.showErrorMessage(sentence, "Show logs")) {
    log.show();
  }
}

/** A setting of the machine or the user; what the workspace says of programs is not asked for. */
function setting(name: string): string {
  const known = vscode.workspace.getConfiguration("fieldguide").inspect<string>(name);
  return known?.globalValue ?? known?.defaultValue ?? "";
}

interface PythonExtension {
  environments?: {
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
    getActiveEnvironmentPath(): { path: string };
    resolveEnvironment(environment: { path: string }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
  };
}

/** The interpreter that Microsoft's Python extension has selected, if it is installed and the workspace is trusted to choose. */
async function selectedPython(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
  if (!extension || !vscode.workspace.isTrusted) {
    return undefined;
  }
  // That it cannot be activated is its own business, and told by it.
  const environments = await extension.activate().then(
    (python) => python.environments,
    () => undefined,
  );
  if (!environments) {
    return undefined;
  }
  const resolved = await environments.resolveEnvironment(environments.getActiveEnvironmentPath());
  return resolved?.executable.uri?.fsPath;
}

/** Hears when another interpreter is selected; undefined where nobody selects any. Wakes no extension. */
export function onDidSelectPython(listener: () => void): vscode.Disposable | undefined {
  const extension = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
  return extension?.isActive ? extension.exports.environments?.onDidChangeActiveEnvironmentPath(listener) : undefined;
}
