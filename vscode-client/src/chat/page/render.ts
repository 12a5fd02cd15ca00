/** Answers as HTML. No raw HTML, no images, no links of the text's own: what a file or a model says is data. */

import MarkdownIt from "markdown-it";
import type { Citation } from "../../protocol";
import type { Turn } from "../conversation";

const CITED = /^\[([^[\]\n]{1,400}):(\d{1,7})(?:[-–](\d{1,7}))?\]/;
// An offline answer has a heading for each passage.
const HEADED = /^(.{1,400}):(\d{1,7})(?:-(\d{1,7}))?(?= |$)/;
const SHELLS = new Set(["sh", "bash", "shell", "console", "zsh", "powershell"]);

export interface Rendering {
  citations: readonly Citation[];
}

const markdown = new MarkdownIt("default", { html: false, linkify: false, breaks: false });
markdown.disable(["image", "link", "autolink", "html_inline", "html_block", "reference"]);
markdown.inline.ruler.before("text", "citation", (state, silent) => {
  const found = cited(state.src, state.pos, state.env as Rendering);
  if (!found) {
    return false;
  }
  if (!silent) {
    state.push("citation", "", 0).meta = found;
  }
  state.pos += found[0].length;
  return true;
});
markdown.renderer.rules.citation = (tokens, index, _options, env: Rendering) => {
  const [whole, path = "", first = "", last] = tokens[index]?.meta as RegExpExecArray;
  const [start, end] = [Number(first), Number(last ?? first)];
  const known = env.citations.some((each) => each.verified && each.path === path && each.start_line <= end && each.end_line >= start);
  return known ? chip(path, start, end) : escaped(whole);
};
markdown.renderer.rules.fence = (tokens, index) => {
  const token = tokens[index];
  const language = (token?.info ?? "").trim().split(/\s+/)[0] ?? "";
  return block(token?.content ?? "", language);
};

/** What is cited at a place of the text: in brackets, or at the beginning of a heading. */
function cited(text: string, at: number, { citations }: Rendering): RegExpExecArray | null {
  if (text.startsWith("[", at)) {
    return CITED.exec(text.slice(at, at + 500));
  }
  const headed = at === 0 && citations.length ? HEADED.exec(text.slice(0, 500)) : null;
  return citations.some((each) => each.path === headed?.[1]) ? headed : null;
}

/** The answer of a turn. Only what was verified becomes a chip that opens its lines. */
export function answerHtml(turn: Turn): string {
  return markdown.render(turn.answer, { citations: turn.state === "done" ? turn.citations : [] } satisfies Rendering);
}

export function chip(path: string, start: number, end: number): string {
  const lines = start === end ? `${start}` : `${start}-${end}`;
  const name = path.split("/").at(-1) ?? path;
  return (
    `<button type="button" class="chip" data-path="${escaped(path)}" data-start="${start}" data-end="${end}"` +
    ` title="${escaped(path)}:${lines}" aria-label="Open ${escaped(path)}, lines ${lines}">${escaped(name)}:${lines}</button>`
  );
}

function block(code: string, language: string): string {
  const actions = [action("copy", "Copy"), action("insert", "Insert"), action("new file", "Open in editor")];
  if (SHELLS.has(language.toLowerCase())) {
    actions.push(action("run", "Run in terminal"));
  }
  const title = language ? `Code, ${language}` : "Code";
  return (
    `<div class="block" role="group" aria-label="${escaped(title)}" data-language="${escaped(language)}">` +
    `<div class="bar"><span aria-hidden="true">${escaped(language)}</span>${actions.join("")}</div>` +
    `<pre tabindex="0" role="region" aria-label="${escaped(title)}"><code>${escaped(code)}</code></pre></div>`
  );
}

function action(name: string, label: string): string {
  return `<button type="button" class="action" data-action="${name}">${label}</button>`;
}

export function escaped(text: string): string {
  return markdown.utils.escapeHtml(text);
}
