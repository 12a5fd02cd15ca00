/** Serves VS Code's language models to the server: the client capability, and the two requests that come with it. */

import * as vscode from "vscode";
import { LSPErrorCodes, ProgressType, ResponseError, type LanguageClient, type StaticFeature } from "vscode-languageclient/node";
import { messageOf } from "../errors";
import { MODEL, MODEL_LIMITS, type ModelLimits, type ModelParams, type ModelPiece } from "../protocol";
import { generate, hasModels, limitsOf, ModelError } from "./editorModels";

const PIECE = new ProgressType<ModelPiece>();

/** Announces the models of the editor to the server, if the editor has an API for them. Call it before the client is started. */
export function serveModels(client: LanguageClient): void {
  if (!hasModels()) {
    return;
  }
  client.registerFeature(MODELS_FEATURE);
  client.onRequest(MODEL_LIMITS, ({ model }: { model: string }) => resultOf(() => limitsOf(model)));
  client.onRequest(MODEL, (params: ModelParams, token: vscode.CancellationToken) =>
    resultOf<object>(async () => {
      await generate(params, (text) => client.sendProgress(PIECE, params.partialResultToken, { text }), token);
      return {};
    }),
  );
}

const MODELS_FEATURE: StaticFeature = {
  fillClientCapabilities(capabilities) {
    const experimental = (capabilities.experimental ?? {}) as { fieldguide?: object };
    capabilities.experimental = { ...experimental, fieldguide: { ...experimental.fieldguide, model: true } };
  },
  initialize() {
    // Does not depend on the server's capabilities.
  },
  getState: () => ({ kind: "static" }),
  clear() {
    // The request handlers belong to the connection.
  },
};

type ErrorResponse = ResponseError<{ kind: string } | undefined>;

async function resultOf<R extends ModelLimits | object>(work: () => Promise<R>): Promise<R | ErrorResponse> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof vscode.CancellationError) {
      return new ResponseError(LSPErrorCodes.RequestCancelled, "The request to the language model was cancelled.", undefined);
    }
    const kind = error instanceof ModelError ? error.kind : "failed";
    return new ResponseError(LSPErrorCodes.RequestFailed, messageOf(error), { kind });
  }
}
