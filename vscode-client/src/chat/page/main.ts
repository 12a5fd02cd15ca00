/** The script of the chat page: renders the messages of the extension, and sends what the user does. */

import { followUps, type Attachment, type Turn } from "../conversation";
import type { Choices, MessageFromPage, MessageToPage } from "../messages";
import { answerHtml, escaped } from "./render";
import { AnswerAnnouncer } from "./screenReader";

interface PageState {
  draft: string;
  scrollTop?: number;
}

declare function acquireVsCodeApi(): {
  postMessage(message: MessageFromPage): void;
  getState(): PageState | undefined;
  setState(state: PageState): void;
};

const COPIED_MS = 1_500;
const vscode = acquireVsCodeApi();
const log = byId("log");
const input = byId("question") as HTMLTextAreaElement;
const send = byId("send") as HTMLButtonElement;
const stop = byId("stop") as HTMLButtonElement;
const announcements = byId("announcements");
const turns = new Map<string, Turn>();
const outdated = new Set<string>();
const announcer = new AnswerAnnouncer(announce);
let canAsk = true;

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) {
    throw new Error(`The page has no #${id}`);
  }
  return found;
}

function post(message: MessageFromPage): void {
  vscode.postMessage(message);
}

/** Announces a text to screen readers: the log itself is not a live region. */
function announce(text: string): void {
  announcements.append(Object.assign(document.createElement("p"), { textContent: text }));
}

// Rendering

function renderTurn(turn: Turn): void {
  const article = document.getElementById(turn.id) ?? log.appendChild(newArticle(turn.id));
  const atEnd = isAtEnd();
  const focused = focusable(article).indexOf(document.activeElement as HTMLElement);
  article.innerHTML = turnHtml(turn);
  article.setAttribute("aria-busy", String(turn.state === "writing"));
  focusable(article)[focused]?.focus();
  if (atEnd) {
    log.scrollTop = log.scrollHeight;
  }
}

function isAtEnd(): boolean {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 60;
}

function focusable(article: HTMLElement): HTMLElement[] {
  return [...article.querySelectorAll<HTMLElement>("button, [tabindex]")];
}

function newArticle(id: string): HTMLElement {
  const article = document.createElement("article");
  article.id = id;
  article.setAttribute("aria-labelledby", `${id}-question`);
  return article;
}

function turnHtml(turn: Turn): string {
  const attachments = turn.attachments.map((each) => `<span class="attachment">${escaped(label(each))}</span>`).join("");
  const pending = turn.state === "writing" && !turn.answer ? `<p class="pending">Searching…</p>` : "";
  const notice = turn.notice ? `<p class="notice" role="note">${escaped(turn.notice)}</p>` : "";
  const stopped = turn.state === "stopped" ? `<p class="notice">Stopped.</p>` : "";
  const footer = turn.coverage ? `<footer>${escaped(turn.coverage)}</footer>` : "";
  const head = `<h2 class="question" id="${turn.id}-question">${escaped(turn.question)}${attachments}</h2>`;
  return `${head}<div class="answer">${pending}${answerHtml(turn)}</div>${notice}${stopped}${footer}`;
}

function label({ path, startLine, endLine }: Attachment): string {
  const name = path.split("/").at(-1) ?? path;
  return endLine ? `${name}:${startLine}-${endLine}` : name;
}

function renderAttachments(attachments: readonly Attachment[]): void {
  byId("attachments").innerHTML = attachments
    .map((each, index) => `<button type="button" class="attachment" data-detach="${index}" title="${escaped(each.path)}" aria-label="Detach ${escaped(label(each))}">${escaped(label(each))} ×</button>`)
    .join("");
}

function renderChoices(choices: Choices): void {
  setChoice("model", choices.model || "Offline", "Model", choices.address);
  setChoice("persona", choices.persona, "Persona");
}

/** Shows a selected value on its button; the accessible name and the tooltip also say what it is, and where. */
function setChoice(id: string, value: string, name: string, address = ""): void {
  byId(id).textContent = value;
  byId(id).setAttribute("aria-label", `${name}: ${value}${address ? ` (${address})` : ""}`);
  byId(id).title = address ? `${name}: ${value} (${address})` : `Select a ${name.toLowerCase()}`;
}

function refresh(): void {
  const writing = [...turns.values()].some((turn) => turn.state === "writing");
  const hadFocus = document.activeElement === stop || document.activeElement === send;
  stop.hidden = !writing;
  send.hidden = writing;
  send.disabled = !canAsk || !input.value.trim();
  byId("welcome").hidden = turns.size > 0;
  if (hadFocus && (document.activeElement === document.body || document.activeElement === null)) {
    input.focus(); // the button that had the focus is hidden
  }
  renderFollowUps(writing ? undefined : [...turns.values()].at(-1));
}

function renderFollowUps(last: Turn | undefined): void {
  const questions = last ? followUps(last) : [];
  byId("follow").hidden = !questions.length;
  byId("follow").innerHTML = questions.map((each) => `<button type="button" data-follow="${escaped(each)}">${escaped(each.replaceAll("`", ""))}</button>`).join("");
}

// Messages from the extension

/** Renders a turn with the next frame, so that many pieces of text cost one rendering. */
function renderSoon(id: string): void {
  if (!outdated.size) {
    requestAnimationFrame(() => {
      for (const each of outdated) {
        const turn = turns.get(each);
        if (turn?.state === "writing") {
          renderTurn(turn);
        }
      }
      outdated.clear();
    });
  }
  outdated.add(id);
}

function updateTurn(turn: Turn): void {
  const previous = turns.get(turn.id);
  const atEnd = isAtEnd();
  turns.set(turn.id, turn);
  renderTurn(turn);
  refresh();
  if (previous?.answer && atEnd) {
    log.scrollTop = log.scrollHeight;
  } else if (!previous?.answer && (!previous || atEnd)) {
    // A new answer is shown from its start.
    document.getElementById(turn.id)?.scrollIntoView({ block: "start" });
  }
  if (!previous) {
    announcements.replaceChildren();
    announcer.start();
  } else if (turn.state === "writing") {
    announcer.update(turn.answer);
  } else {
    announcer.end(turn.state === "done" ? turn.answer : "", turn.state === "stopped" ? "Stopped." : turn.notice || turn.coverage);
  }
}

const handlers: { [T in MessageToPage["type"]]: (message: Extract<MessageToPage, { type: T }>) => void } = {
  turns: (message) => {
    turns.clear();
    log.replaceChildren();
    canAsk = message.canAsk;
    for (const turn of message.turns) {
      turns.set(turn.id, turn);
      renderTurn(turn);
    }
    log.scrollTop = vscode.getState()?.scrollTop ?? log.scrollHeight;
    renderAttachments(message.attachments);
    renderChoices(message.choices);
    refresh();
  },
  turn: ({ turn }) => {
    updateTurn(turn);
  },
  delta: ({ id, text }) => {
    const turn = turns.get(id);
    if (turn?.state === "writing") {
      turns.set(id, { ...turn, answer: turn.answer + text });
      announcer.update(turn.answer + text);
      renderSoon(id);
    }
  },
  attachments: ({ attachments }) => {
    renderAttachments(attachments);
  },
  focus: ({ text }) => {
    input.value = text ?? input.value;
    input.focus();
    refresh();
  },
};

window.addEventListener("message", ({ data }: MessageEvent<MessageToPage>) => {
  (handlers[data.type] as (message: MessageToPage) => void)(data);
});

// Actions of the user

function ask(): void {
  const question = input.value.trim();
  if (!question || send.disabled || !stop.hidden) {
    return;
  }
  post({ type: "ask", question });
  input.value = "";
  save();
  refresh();
}

function save(): void {
  vscode.setState({ draft: input.value, scrollTop: log.scrollTop });
}

input.addEventListener("input", () => {
  save();
  refresh();
});
log.addEventListener("scroll", save);
input.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    ask();
  } else if (event.key === "ArrowUp" && !input.value) {
    input.value = [...turns.values()].at(-1)?.question ?? "";
    refresh();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !stop.hidden) {
    post({ type: "stop" });
  }
});

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("button") : null;
  if (button) {
    handleClick(button);
  }
});

function handleClick(button: HTMLButtonElement): void {
  const { path, start, end, action, detach, follow } = button.dataset;
  if (path !== undefined) {
    const turn = button.closest("article")?.id ?? "";
    post({ type: "open", turn, path, startLine: Number(start), endLine: Number(end) });
  } else if (action !== undefined) {
    runAction(button, action);
  } else if (detach !== undefined) {
    post({ type: "detach", index: Number(detach) });
    input.focus();
  } else if (follow !== undefined) {
    post({ type: "ask", question: follow });
    input.focus();
  } else if (button === send) {
    ask();
  } else if (button === stop) {
    post({ type: "stop" });
  } else if (button.dataset.message) {
    post({ type: button.dataset.message as "attach" });
  }
}

function runAction(button: HTMLButtonElement, action: string): void {
  const block = button.closest<HTMLElement>(".block");
  post({ type: action as "copy", text: block?.querySelector("code")?.textContent ?? "", language: block?.dataset.language ?? "" });
  if (action === "copy") {
    button.textContent = "Copied";
    announce("Copied");
    setTimeout(() => {
      button.textContent = "Copy";
    }, COPIED_MS);
  }
}

input.value = vscode.getState()?.draft ?? "";
refresh();
post({ type: "ready" });
