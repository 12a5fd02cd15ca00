/** Selecting the model and the persona. A selection is kept for the workspace; settings are not changed. */

import * as vscode from "vscode";
import { MODELS, PERSONAS, type Models, type ModelsParams, type Personas, type Profile } from "../protocol";
import type { Server } from "../server/server";
import { availableModels, nameOf } from "./editorModels";
import { forget, remember } from "./choices";
import { promptForKey } from "./secrets";

/** The server's profile for models of the editor. */
const EDITOR_PROFILE = "editor";

interface Choice extends vscode.QuickPickItem {
  use?: string;
  profile?: Profile;
  action?: "probe" | "settings" | "reset";
}

/** Lets the user select a model and returns the models. With `probe` the server looks for model servers on this machine. */
export async function selectModel(server: Server, context: vscode.ExtensionContext, probe = false): Promise<Models | undefined> {
  const models = await server.request<Models>(MODELS, { probe } satisfies ModelsParams);
  const editorChoices = (await availableModels()).map((model) => editorChoice(model, models));
  const choice = await vscode.window.showQuickPick([...editorChoices, ...serverChoices(models), ...actions(probe)], { title: "Fieldguide: select a model" });
  if (choice?.action === "probe") {
    return selectModel(server, context, true);
  }
  if (choice?.action === "settings") {
    await vscode.commands.executeCommand("workbench.action.openSettings", "fieldguide.model");
  }
  if (choice?.action === "reset") {
    await forget(context.workspaceState, server, "model");
    return server.request<Models>(MODELS, {});
  }
  if (choice?.use === undefined) {
    return undefined;
  }
  if (choice.profile?.api_key_env && !choice.profile.has_key) {
    await promptForKey(context.secrets, server, choice.profile.api_key_env);
  }
  const selected = await server.request<Models>(MODELS, { use: choice.use, everywhere: true } satisfies ModelsParams);
  await remember(context.workspaceState, { model: choice.use });
  return selected;
}

/** One of VS Code's own models. It is used only if the user selects it. */
function editorChoice(model: vscode.LanguageModelChat, models: Models): Choice {
  const name = nameOf(model);
  const isCurrent = models.profile === EDITOR_PROFILE && models.model === name;
  return {
    label: `${isCurrent ? "$(check) " : ""}VS Code: ${model.name}`,
    description: name,
    detail: `${model.maxInputTokens.toLocaleString()} tokens; VS Code asks for your consent before the first question`,
    use: `${EDITOR_PROFILE}:${name}`,
  };
}

function serverChoices(models: Models): Choice[] {
  // The models of the editor are listed one by one; their profile alone does not name a model.
  const profiles = models.profiles.filter((each) => each.profile !== EDITOR_PROFILE).map((each) => ({
    label: `${each.profile === models.profile ? "$(check) " : ""}${each.profile}`,
    description: each.model ?? "",
    detail: each.api_key_env && !each.has_key ? `${each.address} (needs an API key: ${each.api_key_env})` : each.address,
    use: each.profile,
    profile: each,
  }));
  const local = (models.local ?? []).flatMap((found) =>
    found.models.map((model) => ({ label: model, description: `${found.profile}, on this machine`, detail: found.base_url, use: `${found.profile}:${model}` })),
  );
  return [...local, ...profiles];
}

function actions(probed: boolean): Choice[] {
  const probe: Choice = { label: "$(search) Search this machine for model servers", action: "probe" };
  const others: Choice[] = [
    { label: "$(discard) Use the model of the settings", action: "reset" },
    { label: "$(gear) Open model settings", action: "settings" },
  ];
  return probed ? others : [probe, ...others];
}

/** Lets the user select a persona and returns its name. */
export async function selectPersona(server: Server, state: vscode.Memento): Promise<string | undefined> {
  const { persona, personas } = await server.request<Personas>(PERSONAS, {});
  const items = personas.map(({ name, origin }) => ({ label: name, description: origin, picked: name === persona }));
  const choice = await vscode.window.showQuickPick(items, { title: "Fieldguide: select a persona" });
  if (choice) {
    await server.request(PERSONAS, { use: choice.label, everywhere: true });
    await remember(state, { persona: choice.label });
  }
  return choice?.label;
}
