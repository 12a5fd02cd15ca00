/** The settings that the user has set, without the defaults of the manifest: those would hide the settings files of the server. */

import * as vscode from "vscode";
import type { ConfigurationRequest } from "vscode-languageclient/node";

const SECTION = "fieldguide";
const PREFIX = `${SECTION}.`;

interface Manifest { contributes?: { configuration?: { properties?: Record<string, { scope?: string }> } } }

/** Answers `workspace/configuration`: for Fieldguide's own section with what the user has set, for others as the library does. */
export function answerConfiguration(manifest: unknown): ConfigurationRequest.MiddlewareSignature {
  return async (params, token, next) => {
    const values = await next(params, token);
    return Array.isArray(values) ? params.items.map(({ section, scopeUri }, index): unknown => (section === SECTION ? userSettings(manifest, scopeUri) : values[index])) : values;
  };
}

/** What the user has set for a folder, by the name of the setting below `fieldguide`, such as `model.baseUrl`. */
export function userSettings(manifest: unknown, scopeUri?: string): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration(SECTION, scopeUri ? vscode.Uri.parse(scopeUri) : undefined);
  const properties = (manifest as Manifest).contributes?.configuration?.properties ?? {};
  const settings: Record<string, unknown> = {};
  for (const [key, { scope }] of Object.entries(properties)) {
    const name = key.slice(PREFIX.length);
    const value = valueSet(configuration.inspect(name), scope === "machine");
    if (value !== undefined) {
      settings[name] = value;
    }
  }
  return settings;
}

type Inspected = ReturnType<vscode.WorkspaceConfiguration["inspect"]>;

/** The value of the innermost scope that has one. What only the user may choose is never taken from a workspace. */
function valueSet(inspected: Inspected, isMachine: boolean): unknown {
  const global: unknown[] = [inspected?.globalLanguageValue, inspected?.globalValue];
  const workspace: unknown[] = [
    inspected?.workspaceFolderLanguageValue,
    inspected?.workspaceFolderValue,
    inspected?.workspaceLanguageValue,
    inspected?.workspaceValue,
  ];
  return (isMachine ? global : [...workspace, ...global]).find((value) => value !== undefined && value !== null);
}
