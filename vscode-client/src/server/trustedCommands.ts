/** The commands that the server's links, code lenses and code actions may run in this client. No other command is trusted. */

import * as vscode from "vscode";
import type { StaticFeature } from "vscode-languageclient/node";

/** The commands by the names that the server knows. Each takes one argument: the params of the request. */
const TRUSTED_COMMANDS = { explain: "fieldguide.chat.explain", ask: "fieldguide.chat.ask", explainProblem: "fieldguide.chat.explainProblem" } as const;

/** Announces the commands to the server, and that this client always shows the status of the index. */
export const COMMANDS_FEATURE: StaticFeature = {
  fillClientCapabilities(capabilities) {
    const experimental = (capabilities.experimental ?? {}) as { fieldguide?: object };
    capabilities.experimental = { ...experimental, fieldguide: { ...experimental.fieldguide, commands: TRUSTED_COMMANDS, showsStatus: true } };
  },
  initialize() {
    // Does not depend on the server's capabilities.
  },
  getState: () => ({ kind: "static" }),
  clear() {
    // Registers nothing.
  },
};

/** Enables the two command links of a hover. Any other command link, such as one from a file's text, stays disabled. */
export function trustCommands(hover: vscode.Hover | null | undefined): vscode.Hover | null | undefined {
  for (const content of hover?.contents ?? []) {
    if (content instanceof vscode.MarkdownString) {
      content.isTrusted = { enabledCommands: [TRUSTED_COMMANDS.explain, TRUSTED_COMMANDS.ask] };
    }
  }
  return hover;
}
