/** The chat page. It draws what the extension tells it, and tells what was pressed; it knows nothing else. */

import type { FromPage, ToPage, Choices } from "../messages";
import { followUps, type Attachment, type Turn } from "../conversation";
import { answerHtml, escaped } from "./render";
import { Speaker } from "./screenReader";

interface Saved {
  draft: string;
  scrolled?: number;
}

declare function acquireVsCodeApi(): {
  postMessage(message: FromPage): void;
  getState(): Saved | undefined;
  setState(state: Saved): void;
};

const COPIED_MS = 1_500;
const editor = acquireVsCodeApi();
const log = element("log");
const input = element("question") as HTMLTextAreaElement;
const send = element("send") as HTMLButtonElement;
const stop = element("stop") as HTMLButtonElement;
const spoken = element("spoken");
const turns = new Map<string, Turn>();
const awaited = new Set<string>();
const speaker = new Speaker(announce);
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

/** Tells a screen reader, which has no eye for what changes in the log. */
function announce(text: string): void {
  spoken.append(Object.assign(document.createElement("p"), { textContent: text }));
}

// Drawing

function draw(turn: Turn): void {
  const place = document.getElementById(turn.id) ?? log.appendChild(article(turn.id));
  const atEnd = isAtEnd();
  const focused = pressable(place).indexOf(document.activeElement as HTMLElement);
  place.innerHTML = html(turn);
  place.setAttribute("aria-busy", String(turn.state === "writing"));
  pressable(place)[focused]?.focus();
  if (atEnd) {
    log.scrollTop = log.scrollHeight;
  }
}

function isAtEnd(): boolean {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 60;
}

function pressable(place: HTMLElement): HTMLElement[] {
  return [...place.querySelectorAll<HTMLElement>("button, [tabindex]")];
}

function article(id: string): HTMLElement {
  const made = document.createElement("article");
  made.id = id;
  made.setAttribute("aria-labelledby", `${id}-question`);
  return made;
}

function html(turn: Turn): string {
  const about = turn.attachments.map((each) => `<span class="about">${escaped(label(each))}</span>`).join("");
  const waiting = turn.state === "writing" && !turn.answer ? `<p class="waiting">Looking…</p>` : "";
  const notice = turn.notice ? `<p class="notice" role="note">${escaped(turn.notice)}</p>` : "";
  const ended = turn.state === "stopped" ? `<p class="notice">Stopped.</p>` : "";
  const foot = turn.coverage ? `<footer>${escaped(turn.coverage)}</footer>` : "";
  const head = `<h2 class="question" id="${turn.id}-question">${escaped(turn.question)}${about}</h2>`;
  return `${head}<div class="answer">${waiting}${answerHtml(turn)}</div>${notice}${ended}${foot}`;
}

function label(each: Attachment): string {
  const name = each.path.split("/").at(-1) ?? each.path;
  return each.endLine ? `${name}:${each.startLine}-${each.endLine}` : name;
}

function drawAttachments(attachments: readonly Attachment[]): void {
  element("attachments").innerHTML = attachments
    .map((each, index) => `<button type="button" class="about" data-detach="${index}" title="${escaped(each.path)}" aria-label="Detach ${escaped(label(each))}">${escaped(label(each))} ×</button>`)
    .join("");
}

function drawChoices(choices: Choices): void {
  name("model", choices.model || "Offline", "Model");
  name("persona", choices.persona, "Persona");
}

/** Shows what is chosen; a screen reader is also told of what it is the choice. */
function name(id: string, chosen: string, what: string): void {
  element(id).textContent = chosen;
  element(id).setAttribute("aria-label", `${what}: ${chosen}`);
}

function refresh(): void {
  const writing = [...turns.values()].some((turn) => turn.state === "writing");
  const had = document.activeElement === stop || document.activeElement === send;
  stop.hidden = !writing;
  send.hidden = writing;
  send.disabled = !canAsk || !input.value.trim();
  element("welcome").hidden = turns.size > 0;
  if (had && (document.activeElement === document.body || document.activeElement === null)) {
    input.focus(); // the button that had the focus is hidden now
  }
  drawFollowUps(writing ? undefined : [...turns.values()].at(-1));
}

function drawFollowUps(last: Turn | undefined): void {
  const questions = last ? followUps(last) : [];
  element("follow").hidden = !questions.length;
  element("follow").innerHTML = questions.map((each) => `<button type="button" data-follow="${escaped(each)}">${escaped(each.replaceAll("`", ""))}</button>`).join("");
}

// Told by the extension

/** Draws what was heard at the pace of the screen, however fast the pieces come. */
function drawSoon(id: string): void {
  if (!awaited.size) {
    requestAnimationFrame(() => {
      for (const each of awaited) {
        const turn = turns.get(each);
        if (turn?.state === "writing") {
          draw(turn);
        }
      }
      awaited.clear();
    });
  }
  awaited.add(id);
}

function toldOf(turn: Turn): void {
  const before = turns.get(turn.id);
  const atEnd = isAtEnd();
  turns.set(turn.id, turn);
  draw(turn);
  refresh();
  if (before?.answer && atEnd) {
    log.scrollTop = log.scrollHeight;
  } else if (!before?.answer && (!before || atEnd)) {
    // What comes all at once is read from its beginning.
    document.getElementById(turn.id)?.scrollIntoView({ block: "start" });
  }
  if (!before) {
    spoken.replaceChildren();
    speaker.begin();
  } else if (turn.state === "writing") {
    speaker.heard(turn.answer);
  } else {
    speaker.end(turn.state === "done" ? turn.answer : "", turn.state === "stopped" ? "Stopped." : turn.notice || turn.coverage);
  }
}

const told: { [T in ToPage["type"]]: (message: Extract<ToPage, { type: T }>) => void } = {
  turns: (message) => {
    turns.clear();
    log.replaceChildren();
    canAsk = message.canAsk;
    for (const turn of message.turns) {
      turns.set(turn.id, turn);
      draw(turn);
    }
    log.scrollTop = editor.getState()?.scrolled ?? log.scrollHeight;
    drawAttachments(message.attachments);
    drawChoices(message.choices);
    refresh();
  },
  turn: ({ turn }) => {
    toldOf(turn);
  },
  delta: ({ id, text }) => {
    const turn = turns.get(id);
    if (turn?.state === "writing") {
      turns.set(id, { ...turn, answer: turn.answer + text });
      speaker.heard(turn.answer + text);
      drawSoon(id);
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
  save();
  refresh();
}

function save(): void {
  editor.setState({ draft: input.value, scrolled: log.scrollTop });
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
  const { path, start, end, action, detach, follow } = button.dataset;
  if (path !== undefined) {
    const turn = button.closest("article")?.id ?? "";
    say({ type: "open", turn, path, startLine: Number(start), endLine: Number(end) });
  } else if (action !== undefined) {
    act(button, action);
  } else if (detach !== undefined) {
    say({ type: "detach", index: Number(detach) });
    input.focus();
  } else if (follow !== undefined) {
    say({ type: "ask", question: follow });
    input.focus();
  } else if (button === send) {
    ask();
  } else if (button === stop) {
    say({ type: "stop" });
  } else if (button.dataset.say) {
    say({ type: button.dataset.say as "attach" });
  }
}

function act(button: HTMLButtonElement, action: string): void {
  const block = button.closest<HTMLElement>(".block");
  say({ type: action as "copy", text: block?.querySelector("code")?.textContent ?? "", language: block?.dataset.language ?? "" });
  if (action === "copy") {
    button.textContent = "Copied";
    announce("Copied");
    setTimeout(() => {
      button.textContent = "Copy";
    }, COPIED_MS);
  }
}

input.value = editor.getState()?.draft ?? "";
refresh();
say({ type: "ready" });
