/** The chat page. It draws what the extension tells it, and tells what was pressed; it knows nothing else. */

import type { FromPage, ToPage, Choices } from "../messages";
import type { Attachment, Turn } from "../session";
import { answerHtml, escaped } from "./render";

interface Saved {
  draft: string;
}

declare function acquireVsCodeApi(): {
  postMessage(message: FromPage): void;
  getState(): Saved | undefined;
  setState(state: Saved): void;
};

const editor = acquireVsCodeApi();
const log = element("log");
const input = element("question") as HTMLTextAreaElement;
const send = element("send") as HTMLButtonElement;
const stop = element("stop") as HTMLButtonElement;
const turns = new Map<string, Turn>();
let canAsk = true;

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) {
    throw new Error(`The page has no #${id}`);
  }
  return found;
}

function say(message: FromPage): void {
  editor.postMessage(message);
}

// Drawing

function draw(turn: Turn): void {
  turns.set(turn.id, turn);
  const place = document.getElementById(turn.id) ?? log.appendChild(article(turn.id));
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  place.innerHTML = html(turn);
  place.setAttribute("aria-busy", String(turn.state === "writing"));
  if (atEnd || turn.state === "writing") {
    log.scrollTop = log.scrollHeight;
  }
  refresh();
}

function article(id: string): HTMLElement {
  const made = document.createElement("article");
  made.id = id;
  return made;
}

function html(turn: Turn): string {
  const about = turn.attachments.map((each) => `<span class="about">${escaped(label(each))}</span>`).join("");
  const waiting = turn.state === "writing" && !turn.answer ? `<p class="waiting">Looking…</p>` : "";
  const notice = turn.notice ? `<p class="notice" role="note">${escaped(turn.notice)}</p>` : "";
  const ended = turn.state === "stopped" ? `<p class="notice">Stopped.</p>` : "";
  const foot = turn.coverage ? `<footer>${escaped(turn.coverage)}</footer>` : "";
  return `<h2 class="question">${escaped(turn.question)}${about}</h2><div class="answer">${waiting}${answerHtml(turn)}</div>${notice}${ended}${foot}`;
}

function label(each: Attachment): string {
  const name = each.path.split("/").at(-1) ?? each.path;
  return each.endLine ? `${name}:${each.startLine}-${each.endLine}` : name;
}

function drawAttachments(attachments: readonly Attachment[]): void {
  element("attachments").innerHTML = attachments
    .map((each, index) => `<button class="about" data-detach="${index}" aria-label="Detach ${escaped(label(each))}">${escaped(label(each))} ×</button>`)
    .join("");
}

function drawChoices(choices: Choices): void {
  element("model").textContent = choices.model || "Offline";
  element("persona").textContent = choices.persona;
}

function refresh(): void {
  const writing = [...turns.values()].some((turn) => turn.state === "writing");
  stop.hidden = !writing;
  send.hidden = writing;
  send.disabled = !canAsk || !input.value.trim();
  element("welcome").hidden = turns.size > 0;
}

// Told by the extension

const told: { [T in ToPage["type"]]: (message: Extract<ToPage, { type: T }>) => void } = {
  turns: (message) => {
    turns.clear();
    log.replaceChildren();
    canAsk = message.canAsk;
    message.turns.forEach(draw);
    drawAttachments(message.attachments);
    drawChoices(message.choices);
    refresh();
  },
  turn: ({ turn }) => {
    draw(turn);
  },
  delta: ({ id, text }) => {
    const turn = turns.get(id);
    if (turn?.state === "writing") {
      draw({ ...turn, answer: turn.answer + text });
    }
  },
  attachments: ({ attachments }) => {
    drawAttachments(attachments);
  },
  focus: ({ text }) => {
    input.value = text ?? input.value;
    input.focus();
    refresh();
  },
};

window.addEventListener("message", ({ data }: MessageEvent<ToPage>) => {
  (told[data.type] as (message: ToPage) => void)(data);
});

// Done by the user

function ask(): void {
  const question = input.value.trim();
  if (!question || send.disabled || !stop.hidden) {
    return;
  }
  say({ type: "ask", question });
  input.value = "";
  editor.setState({ draft: "" });
  refresh();
}

input.addEventListener("input", () => {
  editor.setState({ draft: input.value });
  refresh();
});
input.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    ask();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !stop.hidden) {
    say({ type: "stop" });
  }
});

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("button") : null;
  if (button) {
    pressed(button);
  }
});

function pressed(button: HTMLButtonElement): void {
  const { path, start, end, action, detach } = button.dataset;
  if (path !== undefined) {
    const turn = button.closest("article")?.id ?? "";
    say({ type: "open", turn, path, startLine: Number(start), endLine: Number(end) });
  } else if (action !== undefined) {
    const block = button.closest<HTMLElement>(".block");
    say({ type: action as "copy", text: block?.querySelector("code")?.textContent ?? "", language: block?.dataset.language ?? "" });
  } else if (detach !== undefined) {
    say({ type: "detach", index: Number(detach) });
  } else if (button === send) {
    ask();
  } else if (button === stop) {
    say({ type: "stop" });
  } else if (button.dataset.say) {
    say({ type: button.dataset.say as "attach" });
  }
}

input.value = editor.getState()?.draft ?? "";
refresh();
say({ type: "ready" });
