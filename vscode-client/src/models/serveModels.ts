/** Offers VS Code's language models to the server: the capability, and the two requests that come with it. */

import * as vscode from "vscode";
import { LSPErrorCodes, ProgressType, ResponseError, type LanguageClient, type StaticFeature } from "vscode-languageclient/node";
import { hasModels, limitsOf, RefusedError, write } from "./editorModels";
import { messageOf } from "../errors";
import { MODEL, MODEL_LIMITS, type ModelLimits, type ModelParams, type ModelPiece } from "../protocol";

const PIECE = new ProgressType<ModelPiece>();

/** Tells the server that it may ask, where there is something to ask; before the client is started. */
export function offerModels(client: LanguageClient): void {
  if (!hasModels()) {
    return;
  }
  client.registerFeature(CAPABILITY);
  client.onRequest(MODEL_LIMITS, ({ model }: { model: string }) => answered(() => limitsOf(model)));
  client.onRequest(MODEL, (params: ModelParams, token: vscode.CancellationToken) =>
    answered<object>(async () => {
      await write(params, (text) => client.sendProgress(PIECE, params.partialResultToken, { text }), token);
      return {};
    }),
  );
}

const CAPABILITY: StaticFeature = {
  fillClientCapabilities(capabilities) {
    const others = (capabilities.experimental ?? {}) as { fieldguide?: object };
    capabilities.experimental = { ...others, fieldguide: { ...others.fieldguide, model: true } };
  },
  initialize() {
    // Nothing depends on what the server can do.
  },
  getState: () => ({ kind: "static" }),
  clear() {
    // Requests are the connection's.
  },
};

type Refused = ResponseError<{ kind: string } | undefined>;

async function answered<R extends ModelLimits | object>(answer: () => Promise<R>): Promise<R | Refused> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof vscode.CancellationError) {
      return new ResponseError(LSPErrorCodes.RequestCancelled, "The language model was stopped.", undefined);
    }
    const kind = error instanceof RefusedError ? error.kind : "failed";
    return new ResponseError(LSPErrorCodes.RequestFailed, messageOf(error), { kind });
  }
}
