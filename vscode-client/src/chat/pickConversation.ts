/** Choosing among the conversations of a workspace. */

import * as vscode from "vscode";
import type { Conversation } from "./conversation";

interface Item extends vscode.QuickPickItem {
  conversation: Conversation;
}

const FORGET: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("trash"), tooltip: "Forget this conversation" };

/** The conversation that the user picks; `forget` is called for each that is thrown away meanwhile. */
export function pickConversation(conversations: readonly Conversation[], forget: (conversation: Conversation) => void): Promise<Conversation | undefined> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = "Fieldguide: conversations in this workspace";
  pick.placeholder = conversations.length ? "The latest is first" : "There is none yet";
  pick.items = conversations.filter((each) => each.turns.length).map(itemOf);
  return new Promise((resolve) => {
    pick.onDidTriggerItemButton(({ item }) => {
      forget(item.conversation);
      pick.items = pick.items.filter((each) => each !== item);
    });
    pick.onDidAccept(() => {
      resolve(pick.activeItems[0]?.conversation);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

function itemOf(conversation: Conversation): Item {
  const [first] = conversation.turns;
  const count = conversation.turns.length;
  return { label: first?.question ?? "", description: count === 1 ? "1 answer" : `${count} answers`, conversation, buttons: [FORGET] };
}
