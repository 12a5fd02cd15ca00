/** Renders answers as HTML, without raw HTML, images and links: the text of a file or a model is not trusted. */

import MarkdownIt from "markdown-it";
import type { Citation } from "../../protocol";
import type { Turn } from "../conversation";

const CITATION = /^\[([^[\]\n]{1,400}):(\d{1,7})(?:[-–](\d{1,7}))?\]/;
// The heading of a passage in an offline answer.
const HEADING = /^(.{1,400}):(\d{1,7})(?:-(\d{1,7}))?(?= |$)/;
const SHELL_LANGUAGES = new Set(["sh", "bash", "shell", "console", "zsh", "powershell"]);

interface Environment {
  citations: readonly Citation[];
}

const markdown = new MarkdownIt("default", { html: false, linkify: false, breaks: false });
markdown.disable(["image", "link", "autolink", "html_inline", "html_block", "reference"]);
markdown.inline.ruler.before("text", "citation", (state, silent) => {
  const match = citationAt(state.src, state.pos, state.env as Environment);
  if (!match) {
    return false;
  }
  if (!silent) {
    state.push("citation", "", 0).meta = match;
  }
  state.pos += match[0].length;
  return true;
});
markdown.renderer.rules.citation = (tokens, index, _options, env: Environment) => {
  const [text, path = "", first = "", last] = tokens[index]?.meta as RegExpExecArray;
  const [start, end] = [Number(first), Number(last ?? first)];
  const isVerified = env.citations.some((each) => each.verified && each.path === path && each.start_line <= end && each.end_line >= start);
  return isVerified ? chip(path, start, end) : escaped(text);
};
markdown.renderer.rules.fence = (tokens, index) => {
  const token = tokens[index];
  const language = (token?.info ?? "").trim().split(/\s+/)[0] ?? "";
  return codeBlock(token?.content ?? "", language);
};

/** The citation at a position of the text: in brackets, or at the start of a heading. */
function citationAt(text: string, at: number, { citations }: Environment): RegExpExecArray | null {
  if (text.startsWith("[", at)) {
    return CITATION.exec(text.slice(at, at + 500));
  }
  const heading = at === 0 && citations.length ? HEADING.exec(text.slice(0, 500)) : null;
  return citations.some((each) => each.path === heading?.[1]) ? heading : null;
}

/** The answer of a turn. Only verified citations become buttons that open their lines. */
export function answerHtml(turn: Turn): string {
  return markdown.render(turn.answer, { citations: turn.state === "done" ? turn.citations : [] } satisfies Environment);
}

/** A button that opens the lines of a citation. */
function chip(path: string, start: number, end: number): string {
  const lines = start === end ? `${start}` : `${start}-${end}`;
  const name = path.split("/").at(-1) ?? path;
  return (
    `<button type="button" class="chip" data-path="${escaped(path)}" data-start="${start}" data-end="${end}"` +
    ` title="${escaped(path)}:${lines}" aria-label="Open ${escaped(path)}, lines ${lines}">${escaped(name)}:${lines}</button>`
  );
}

function codeBlock(code: string, language: string): string {
  const actions = [action("copy", "Copy"), action("insert", "Insert"), action("new file", "Open in editor")];
  if (SHELL_LANGUAGES.has(language.toLowerCase())) {
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
