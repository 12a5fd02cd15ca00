/** What the server is told of this client: commands that its links, lenses and actions may run. Nothing else may be. */

import * as vscode from "vscode";
import type { StaticFeature } from "vscode-languageclient/node";

/** The commands by the names that the server knows; each takes one argument, the params of that request. */
export const LINKED = { explain: "fieldguide.chat.explain", ask: "fieldguide.chat.ask", explainProblem: "fieldguide.chat.explainProblem" } as const;

/** Tells the server of the commands, and that the state of the index is always in sight here. */
export const LINKS: StaticFeature = {
  fillClientCapabilities(capabilities) {
    const others = (capabilities.experimental ?? {}) as { fieldguide?: object };
    capabilities.experimental = { ...others, fieldguide: { ...others.fieldguide, commands: LINKED, showsStatus: true } };
  },
  initialize() {
    // Nothing depends on what the server can do.
  },
  getState: () => ({ kind: "static" }),
  clear() {
    // Nothing was registered.
  },
};

/** The hover with its two links alive: what else a repository may have written into it runs nothing. */
export function linked(hover: vscode.Hover | null | undefined): vscode.Hover | null | undefined {
  for (const content of hover?.contents ?? []) {
    if (content instanceof vscode.MarkdownString) {
      content.isTrusted = { enabledCommands: [LINKED.explain, LINKED.ask] };
    }
  }
  return hover;
}
