/** Which server is started: the first that is there and fits, else one that the user lets us install. */

import * as vscode from "vscode";
import { candidates, fits, versionIn, type Command } from "./finding";
import { install, installedIn } from "./installing";
import { isExecutable, run } from "./running";

const VERSION_MS = 30_000;

/** The command to start; undefined where there is none and the user wants none installed. */
export async function locate(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<Command | undefined> {
  const { version } = context.extension.packageJSON as { version: string };
  const storage = context.globalStorageUri.fsPath;
  const places = {
    setting: setting("server.path"),
    path: process.env.PATH ?? "",
    python: await selectedPython(),
    installed: await installedIn(storage),
    windows: process.platform === "win32",
  };
  let outdated: string | undefined;
  for (const command of await candidates(places, isExecutable)) {
    const ran = await run(command.program, [...command.args, "--version"], { timeout: VERSION_MS });
    const found = versionIn(ran.output);
    if (found !== undefined && fits(found, version)) {
      return command;
    }
    log.info(`Not used: ${command.program} (${found ?? (ran.failure || "no Fieldguide")})`);
    if (command.origin === "setting") {
      void refuse(`fieldguide.server.path names no Fieldguide ${version}: ${found ?? (ran.failure || "it prints no version")}`, log);
      return undefined;
    }
    outdated ??= found && `The Fieldguide ${found} that was found (${command.origin}) does not fit this extension, ${version}. Install one that fits`;
  }
  const question = `${outdated ?? "Fieldguide needs its language server. Install it"} into the extension's own folder?`;
  return offerInstallation(question, { version, storage, log });
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
    getActiveEnvironmentPath(): { path: string };
    resolveEnvironment(environment: { path: string }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
  };
}

/** The interpreter that Microsoft's Python extension has selected, where it is installed and active. */
async function selectedPython(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
  if (!extension?.isActive || !extension.exports.environments) {
    return undefined;
  }
  const { environments } = extension.exports;
  const resolved = await environments.resolveEnvironment(environments.getActiveEnvironmentPath());
  return resolved?.executable.uri?.fsPath;
}
