/** `@fieldguide` in VS Code's own chat, where that chat is there. */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import type { Answers } from "../chat/answerStream";
import { begin, followUps, placeOf, settle } from "../chat/conversation";
import { ASK, EXPLAIN, GENERATE_CONFIG, rangeOf, type Answer, type Citation, type GeneratedConfig, type Turn } from "../protocol";
import type { Server } from "../server/server";
import { TARGETS } from "../config/targets";
import { Telling } from "./numberedCitations";
import { registerTools } from "./tools";

const ID = "fieldguide";

export function registerParticipant(server: Server, answers: Answers): vscode.Disposable {
  // Editors made from VS Code leave the chat out.
  const { chat } = vscode as Partial<Pick<typeof vscode, "chat">>;
  const tools = registerTools(server);
  if (!chat?.createChatParticipant) {
    return tools;
  }
  const participant = chat.createChatParticipant(ID, responder(server, answers));
  participant.iconPath = new vscode.ThemeIcon("book");
  participant.followupProvider = { provideFollowups: ({ metadata }) => (metadata?.followUps as string[] | undefined)?.map((prompt) => ({ prompt })) };
  return vscode.Disposable.from(tools, participant);
}

function responder(server: Server, answers: Answers): vscode.ChatRequestHandler {
  return async (request, context, response, token) => {
    if (request.command === "config") {
      return generate(server, request.prompt, response, token);
    }
    const explains = request.command === "explain";
    const params = explains ? lines(request) : { ...about(request), history: history(context) };
    response.progress("Looking in the index");
    return answer(server, answers, { question: request.prompt, method: explains ? EXPLAIN : ASK, params }, { response, token });
  };
}

interface Asked {
  question: string;
  method: string;
  params: object;
}

interface Hearing {
  response: vscode.ChatResponseStream;
  token: vscode.CancellationToken;
}

/** Streams an answer, then says what its check made of the citations. */
async function answer(server: Server, answers: Answers, { question, method, params }: Asked, { response, token }: Hearing): Promise<vscode.ChatResult> {
  const stream = randomUUID();
  const telling = new Telling();
  const heard = vscode.Disposable.from(
    answers.onPiece((piece) => {
      if (piece.token === stream) {
        show(response, telling.feed(piece.text));
      }
    }),
    answers.onReset((reset) => {
      if (reset.token === stream) {
        show(response, telling.reset());
      }
    }),
  );
  try {
    const answered = await server.request<Answer>(method, { ...params, token: stream }, token);
    show(response, telling.end());
    cite(response, answered, telling);
    if (answered.notice) {
      show(response, `\n\n*${answered.notice}*`);
    }
    return { metadata: { followUps: followUps(settle(begin(stream, question, []), answered)) } };
  } finally {
    heard.dispose();
  }
}

function show(response: vscode.ChatResponseStream, text: string): void {
  if (text) {
    response.markdown(text);
  }
}

/** Only a place that was found again in its file becomes one to open. */
function cite(response: vscode.ChatResponseStream, answered: Answer, telling: Telling): void {
  const sources = telling.sources(answered.citations);
  if (sources.length) {
    show(response, "\n\n**Sources**\n");
  }
  for (const { number, citation } of sources) {
    show(response, `\n\n\\[${number}\\] `);
    if (citation) {
      response.anchor(locationOf(answered, citation), `${citation.path}:${citation.start_line}-${citation.end_line}`);
    } else {
      show(response, "*did not check, and leads nowhere*");
    }
  }
  for (const citation of answered.citations.filter((each) => each.verified)) {
    response.reference(locationOf(answered, citation));
  }
}

function locationOf(answered: Answer, { path: cited, start_line, end_line }: Citation): vscode.Location {
  const [folder, path] = placeOf(answered, cited);
  return new vscode.Location(vscode.Uri.joinPath(vscode.Uri.parse(folder), path), new vscode.Range(start_line - 1, 0, end_line - 1, 0));
}

/** A question with the first lines that were attached to it, else with the file that is open. */
function about(request: vscode.ChatRequest): object {
  const attached = request.references.map((each) => each.value).find((value) => value instanceof vscode.Location);
  const uri = attached?.uri ?? vscode.window.activeTextEditor?.document.uri;
  const question = request.prompt.trim() || "What is this project, and where do I begin?";
  return { question, ...(uri?.scheme === "file" ? { textDocument: { uri: uri.toString() } } : {}), ...(attached ? { selection: rangeOf(attached.range) } : {}) };
}

/** What is to be explained: the lines or file that were attached, else what is selected, else the file that is open. */
function lines(request: vscode.ChatRequest): object {
  const attached = request.references.map((each) => each.value).find((value) => value instanceof vscode.Location || value instanceof vscode.Uri);
  if (attached instanceof vscode.Location) {
    return { textDocument: { uri: attached.uri.toString() }, range: rangeOf(attached.range) };
  }
  const editor = vscode.window.activeTextEditor;
  const uri = attached instanceof vscode.Uri ? attached : editor?.document.uri;
  if (!uri) {
    throw new Error("Open a file, or attach one, to have it explained.");
  }
  const selection = attached || editor?.selection.isEmpty ? undefined : editor?.selection;
  return { textDocument: { uri: uri.toString() }, ...(selection ? { range: rangeOf(selection) } : {}) };
}

/** What was said to us before; others that were asked in this chat are no part of it. */
function history({ history: turns }: vscode.ChatContext): Turn[] {
  return turns.flatMap((turn, index) => {
    const next = turns[index + 1];
    if (!(turn instanceof vscode.ChatRequestTurn) || !(next instanceof vscode.ChatResponseTurn) || next.participant !== ID) {
      return [];
    }
    const said = next.response.map((part) => (part instanceof vscode.ChatResponseMarkdownPart ? part.value.value : "")).join("");
    return turn.prompt.trim() && said.trim() ? [{ question: turn.prompt, answer: said }] : [];
  });
}

/** Shows a config with what speaks for it. Writing it is another step, which the user takes. */
async function generate(server: Server, prompt: string, response: vscode.ChatResponseStream, token: vscode.CancellationToken): Promise<void> {
  const target = TARGETS.map((each) => each.target).find((each) => prompt.toLowerCase().includes(each)) ?? "devcontainer";
  response.progress("Reading the project");
  const made = await server.request<GeneratedConfig>(GENERATE_CONFIG, { target }, token);
  for (const { path, content } of made.files) {
    show(response, `\`${path}\`\n\n\`\`\`\`\n${content}\n\`\`\`\`\n`);
  }
  const open = [...made.unknown, ...made.problems].map((each) => `\n- ${each}`).join("");
  show(response, open && `\nLeft open:\n${open}\n`);
  response.button({ command: "fieldguide.pickConfig", title: "Write a config" });
}
