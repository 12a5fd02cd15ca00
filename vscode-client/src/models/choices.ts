/** The model and the persona that the user has selected for a workspace: kept by VS Code, and sent to each server that starts. */

import type * as vscode from "vscode";
import { MODELS, PERSONAS, type Models, type Personas } from "../protocol";
import type { Server } from "../server/server";

const STORAGE_KEY = "fieldguide.choices";

/** The settings that replace an earlier selection when they are changed. */
export const MODEL_SETTINGS = ["fieldguide.model.profile", "fieldguide.model.name", "fieldguide.model.baseUrl", "fieldguide.model.file"];
export const PERSONA_SETTING = "fieldguide.answer.persona";

/** What was selected, as the server takes it in `use`; undefined for what the settings say. */
export interface Selection {
  model?: string | undefined;
  persona?: string | undefined;
}

export async function remember(state: vscode.Memento, selection: Selection): Promise<void> {
  await state.update(STORAGE_KEY, { ...state.get<Selection>(STORAGE_KEY, {}), ...selection });
}

/** Selects the remembered model and persona in a server that has just started, and returns those in use. */
export async function restore(state: vscode.Memento, server: Server): Promise<{ models: Models; personas: Personas }> {
  const { model, persona } = state.get<Selection>(STORAGE_KEY, {});
  const models = await server.request<Models>(MODELS, choice(model));
  try {
    return { models, personas: await server.request<Personas>(PERSONAS, choice(persona)) };
  } catch (error) {
    if (persona === undefined) {
      throw error;
    }
    // It has been removed since.
    await remember(state, { persona: undefined });
    return { models, personas: await server.request<Personas>(PERSONAS, {}) };
  }
}

/** Returns to what the settings say. */
export async function forget(state: vscode.Memento, server: Server, what: keyof Selection): Promise<void> {
  await remember(state, { [what]: undefined });
  if (server.isRunning) {
    await server.request(what === "model" ? MODELS : PERSONAS, { reset: true, everywhere: true });
  }
}

function choice(use: string | undefined): object {
  return use === undefined ? {} : { use, everywhere: true };
}
