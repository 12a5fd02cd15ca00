/** Finds the server to start: the first compatible candidate, otherwise the user may install one. */

import * as vscode from "vscode";
import { messageOf } from "../errors";
import { candidates, incompatibility, isCompatible, versionIn, type Command, type SearchLocations } from "./candidates";
import { install, installedIn } from "./install";
import { isExecutable, run } from "./process";

const VERSION_TIMEOUT_MS = 30_000;

/**
 * The command that starts the server. If there is none the result is undefined, the user is offered an installation, and
 * `onInstalled` is called after it.
 */
export async function locate(context: vscode.ExtensionContext, log: vscode.LogOutputChannel, onInstalled: () => void): Promise<Command | undefined> {
  const { version } = context.extension.packageJSON as { version: string };
  const storage = context.globalStorageUri.fsPath;
  let outdated: string | undefined;
  for await (const command of candidates(await searchLocations(storage), isExecutable)) {
    const result = await run(command.program, [...command.args, "--version"], { timeout: VERSION_TIMEOUT_MS });
    const found = versionIn(result.output);
    if (found !== undefined && isCompatible(found, version)) {
      return command;
    }
    const reason = incompatibility(found, result.error, version);
    log.info(`Skipped: ${command.program} ${reason}`);
    if (command.origin === "setting") {
      void showError(`The program in fieldguide.server.path ${reason}.`, log);
      return undefined;
    }
    outdated ??= found && `The server found in ${command.origin} ${reason}. Install a compatible one`;
  }
  const question = `${outdated ?? "Fieldguide needs its language server. Install it"} in the extension's own folder?`;
  // Not awaited: the notification may stay open while the user sets a path, which must be tried then.
  void offerInstallation(question, { version, storage, log }).then((command) => {
    if (command) {
      onInstalled();
    }
  });
  return undefined;
}

async function searchLocations(storage: string): Promise<SearchLocations> {
  return {
    setting: userSetting("server.path"),
    path: process.env.PATH ?? "",
    python: selectedPython,
    installed: await installedIn(storage),
    windows: process.platform === "win32",
  };
}

interface InstallOptions {
  version: string;
  storage: string;
  log: vscode.LogOutputChannel;
}

async function offerInstallation(question: string, options: InstallOptions): Promise<Command | undefined> {
  const answer = await vscode.window.showInformationMessage(question, "Install", "Choose a path");
  if (answer === "Choose a path") {
    await vscode.commands.executeCommand("workbench.action.openSettings", "fieldguide.server.path");
  }
  return answer === "Install" ? installWithProgress(options) : undefined;
}

async function installWithProgress({ version, storage, log }: InstallOptions): Promise<Command | undefined> {
  const options = { location: vscode.ProgressLocation.Notification, title: "Fieldguide", cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => {
      abort.abort();
    });
    try {
      return await install({
        storage,
        version,
        source: userSetting("server.package") || `fieldguide==${version}`,
        windows: process.platform === "win32",
        env: process.env,
        report: (message) => {
          progress.report({ message });
        },
        log: (text) => {
          log.info(text);
        },
        signal: abort.signal,
      });
    } catch (error) {
      void showError(messageOf(error), log);
      return undefined;
    }
  });
}

async function showError(message: string, log: vscode.LogOutputChannel): Promise<void> {
  log.error(message);
  if (await vscode.window.showErrorMessage(message, "Show logs")) {
    log.show();
  }
}

/** A setting of the user or the machine. The value of a workspace is ignored: it must not choose programs. */
function userSetting(name: string): string {
  const values = vscode.workspace.getConfiguration("fieldguide").inspect<string>(name);
  return values?.globalValue ?? values?.defaultValue ?? "";
}

interface PythonExtension {
  environments?: {
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
    getActiveEnvironmentPath(): { path: string };
    resolveEnvironment(environment: { path: string }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
  };
}

/** The interpreter that is selected in Microsoft's Python extension; undefined without that extension, or in an untrusted workspace. */
async function selectedPython(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
  if (!extension || !vscode.workspace.isTrusted) {
    return undefined;
  }
  // If its activation fails, the Python extension reports that itself.
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

/** Calls `listener` when another interpreter is selected; undefined if the Python extension is not active. Activates nothing. */
export function onDidSelectPython(listener: () => void): vscode.Disposable | undefined {
  const extension = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
  return extension?.isActive ? extension.exports.environments?.onDidChangeActiveEnvironmentPath(listener) : undefined;
}
