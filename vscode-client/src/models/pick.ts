/** Which model writes, and who it is that answers: chosen for as long as the server runs, settings stay as they are. */

import * as vscode from "vscode";
import { askForKey } from "./secrets";
import { nameOf, ownModels } from "./editorModels";
import { MODELS, PERSONAS, type Models, type ModelsParams, type Personas, type Profile } from "../protocol";
import type { Server } from "../server/server";

/** The server's profile for models of the editor. */
const OWN = "editor";

interface Choice extends vscode.QuickPickItem {
  use?: string;
  profile?: Profile;
  act?: "probe" | "settings";
}

/** Lets the user choose a model; servers on this machine are looked for only when that is chosen. */
export async function switchModel(server: Server, secrets: vscode.SecretStorage, probe = false): Promise<string | undefined> {
  const known = await server.request<Models>(MODELS, { probe } satisfies ModelsParams);
  const own = (await ownModels()).map((model) => ownChoice(model, known));
  const chosen = await vscode.window.showQuickPick([...own, ...modelChoices(known), ...further(probe)], { title: "Fieldguide: which model writes the answers" });
  if (chosen?.act === "probe") {
    return switchModel(server, secrets, true);
  }
  if (chosen?.act === "settings") {
    await vscode.commands.executeCommand("workbench.action.openSettings", "fieldguide.model");
  }
  if (chosen?.use === undefined) {
    return undefined;
  }
  if (chosen.profile?.api_key_env && !chosen.profile.has_key) {
    await askForKey(secrets, server, chosen.profile.api_key_env);
  }
  const now = await server.request<Models>(MODELS, { use: chosen.use, everywhere: true } satisfies ModelsParams);
  return now.model ?? "";
}

/** One of VS Code's own models. It is offered here and nowhere chosen by itself. */
function ownChoice(model: vscode.LanguageModelChat, known: Models): Choice {
  const name = nameOf(model);
  const isUsed = known.profile === OWN && known.model === name;
  return {
    label: `${isUsed ? "$(check) " : ""}VS Code: ${model.name}`,
    description: name,
    detail: `${model.maxInputTokens.toLocaleString()} tokens; VS Code asks you before the first question`,
    use: `${OWN}:${name}`,
  };
}

function modelChoices(known: Models): Choice[] {
  // VS Code's models stand above, one by one: the profile alone names none of them.
  const profiles = known.profiles.filter((each) => each.profile !== OWN).map((each) => ({
    label: `${each.profile === known.profile ? "$(check) " : ""}${each.profile}`,
    description: each.model ?? "",
    detail: each.api_key_env && !each.has_key ? `${each.address}: needs a key (${each.api_key_env})` : each.address,
    use: each.profile,
    profile: each,
  }));
  const local = (known.local ?? []).flatMap((found) =>
    found.models.map((model) => ({ label: model, description: `${found.profile}, on this machine`, detail: found.base_url, use: `${found.profile}:${model}` })),
  );
  return [...local, ...profiles];
}

function further(probed: boolean): Choice[] {
  const settings: Choice = { label: "$(gear) Settings of models", act: "settings" };
  return probed ? [settings] : [{ label: "$(search) Look for model servers on this machine", act: "probe" }, settings];
}

export async function setPersona(server: Server): Promise<string | undefined> {
  const known = await server.request<Personas>(PERSONAS, {});
  const items = known.personas.map(({ name, origin }) => ({ label: name, description: origin, picked: name === known.persona }));
  const chosen = await vscode.window.showQuickPick(items, { title: "Fieldguide: who answers" });
  if (chosen) {
    await server.request(PERSONAS, { use: chosen.label, everywhere: true });
  }
  return chosen?.label;
}
