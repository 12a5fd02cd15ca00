/** Choosing one of the conversations of a workspace. */

import * as vscode from "vscode";
import type { Conversation } from "./conversation";

interface Item extends vscode.QuickPickItem {
  conversation: Conversation;
}

const DELETE_BUTTON: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("trash"), tooltip: "Delete this conversation" };

/** The conversation that the user picks. `onDelete` is called for each one that the user deletes. */
export function pickConversation(conversations: readonly Conversation[], onDelete: (conversation: Conversation) => void): Promise<Conversation | undefined> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = "Fieldguide: chat history of this workspace";
  pick.placeholder = conversations.length ? "Most recent first" : "No conversations yet";
  pick.items = conversations.filter((each) => each.turns.length).map(itemOf);
  return new Promise((resolve) => {
    pick.onDidTriggerItemButton(({ item }) => {
      onDelete(item.conversation);
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
  return { label: first?.question ?? "", description: count === 1 ? "1 answer" : `${count} answers`, conversation, buttons: [DELETE_BUTTON] };
}
