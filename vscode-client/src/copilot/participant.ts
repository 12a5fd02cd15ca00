/** The chat participant `@fieldguide` in VS Code's own chat. */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import type { AnswerStream } from "../chat/answerStream";
import { followUps, newTurn, resolvePath, withAnswer } from "../chat/conversation";
import { TARGETS } from "../config/targets";
import { ASK, EXPLAIN, GENERATE_CONFIG, rangeOf, type Answer, type Citation, type GeneratedConfig, type Turn } from "../protocol";
import type { Server } from "../server/server";
import { NumberedText } from "./numberedCitations";
import { registerTools } from "./tools";

const ID = "fieldguide";

export function registerParticipant(server: Server, stream: AnswerStream): vscode.Disposable {
  // Editors derived from VS Code may not have this API.
  const { chat } = vscode as Partial<Pick<typeof vscode, "chat">>;
  const tools = registerTools(server);
  if (!chat?.createChatParticipant) {
    return tools;
  }
  const participant = chat.createChatParticipant(ID, requestHandler(server, stream));
  participant.iconPath = new vscode.ThemeIcon("book");
  participant.followupProvider = { provideFollowups: ({ metadata }) => (metadata?.followUps as string[] | undefined)?.map((prompt) => ({ prompt })) };
  return vscode.Disposable.from(tools, participant);
}

function requestHandler(server: Server, stream: AnswerStream): vscode.ChatRequestHandler {
  return async (request, context, response, token) => {
    if (request.command === "config") {
      return generateConfig(server, request.prompt, response, token);
    }
    const question =
      request.command === "explain"
        ? { method: EXPLAIN, text: request.prompt, params: explainParams(request) }
        : { method: ASK, text: request.prompt, params: { ...askParams(request), history: historyOf(context) } };
    response.progress("Searching the index");
    return answer(server, stream, question, { response, token });
  };
}

interface Question {
  method: string;
  text: string;
  params: object;
}

interface Output {
  response: vscode.ChatResponseStream;
  token: vscode.CancellationToken;
}

/** Streams an answer, then lists the sources of its citations. */
async function answer(server: Server, stream: AnswerStream, question: Question, { response, token }: Output): Promise<vscode.ChatResult> {
  const id = randomUUID();
  const text = new NumberedText();
  const listeners = vscode.Disposable.from(
    stream.onDelta((delta) => {
      if (delta.token === id) {
        show(response, text.add(delta.text));
      }
    }),
    stream.onReset((reset) => {
      if (reset.token === id) {
        show(response, text.reset(reset.problems.length > 0));
      }
    }),
  );
  try {
    const result = await server.request<Answer>(question.method, { ...question.params, token: id }, token);
    show(response, text.end());
    showSources(response, result, text);
    if (result.notice) {
      show(response, `\n\n*${result.notice}*`);
    }
    return { metadata: { followUps: followUps(withAnswer(newTurn(id, question.text, []), result)) } };
  } finally {
    listeners.dispose();
  }
}

function show(response: vscode.ChatResponseStream, text: string): void {
  if (text) {
    response.markdown(text);
  }
}

/** Only verified citations become links. */
function showSources(response: vscode.ChatResponseStream, result: Answer, text: NumberedText): void {
  const sources = text.sources(result.citations);
  if (sources.length) {
    show(response, "\n\n**Sources**\n");
  }
  for (const { number, citation } of sources) {
    show(response, `\n\n\\[${number}\\] `);
    if (citation) {
      response.anchor(locationOf(result, citation), `${citation.path}:${citation.start_line}-${citation.end_line}`);
    } else {
      show(response, "*not verified*");
    }
  }
  for (const citation of result.citations.filter((each) => each.verified)) {
    response.reference(locationOf(result, citation));
  }
}

function locationOf(result: Answer, citation: Citation): vscode.Location {
  const [folder, path] = resolvePath(result, citation.path);
  const range = new vscode.Range(citation.start_line - 1, 0, citation.end_line - 1, 0);
  return new vscode.Location(vscode.Uri.joinPath(vscode.Uri.parse(folder), path), range);
}

/** A question about the first attached lines, otherwise about the open file. */
function askParams(request: vscode.ChatRequest): object {
  const attached = request.references.map((each) => each.value).find((value) => value instanceof vscode.Location);
  const uri = attached?.uri ?? vscode.window.activeTextEditor?.document.uri;
  const question = request.prompt.trim() || "What is this project, and where do I begin?";
  return { question, ...(uri?.scheme === "file" ? { textDocument: { uri: uri.toString() } } : {}), ...(attached ? { selection: rangeOf(attached.range) } : {}) };
}

/** What to explain: the attached lines or file, otherwise the selection, otherwise the open file. */
function explainParams(request: vscode.ChatRequest): object {
  const attached = request.references.map((each) => each.value).find((value) => value instanceof vscode.Location || value instanceof vscode.Uri);
  if (attached instanceof vscode.Location) {
    return { textDocument: { uri: attached.uri.toString() }, range: rangeOf(attached.range) };
  }
  const editor = vscode.window.activeTextEditor;
  const uri = attached instanceof vscode.Uri ? attached : editor?.document.uri;
  if (!uri) {
    throw new Error("Open or attach a file to explain.");
  }
  const selection = attached || editor?.selection.isEmpty ? undefined : editor?.selection;
  return { textDocument: { uri: uri.toString() }, ...(selection ? { range: rangeOf(selection) } : {}) };
}

/** The earlier turns with this participant; turns with others are left out. */
function historyOf({ history }: vscode.ChatContext): Turn[] {
  return history.flatMap((turn, index) => {
    const next = history[index + 1];
    if (!(turn instanceof vscode.ChatRequestTurn) || !(next instanceof vscode.ChatResponseTurn) || next.participant !== ID) {
      return [];
    }
    const answer = next.response.map((part) => (part instanceof vscode.ChatResponseMarkdownPart ? part.value.value : "")).join("");
    return turn.prompt.trim() && answer.trim() ? [{ question: turn.prompt, answer }] : [];
  });
}

/** Shows a generated config without writing it; a button starts the command that writes one. */
async function generateConfig(server: Server, prompt: string, response: vscode.ChatResponseStream, token: vscode.CancellationToken): Promise<void> {
  const target = TARGETS.map((each) => each.target).find((each) => prompt.toLowerCase().includes(each)) ?? "devcontainer";
  response.progress("Analyzing the project");
  const generated = await server.request<GeneratedConfig>(GENERATE_CONFIG, { target }, token);
  for (const { path, content } of generated.files) {
    show(response, `\`${path}\`\n\n\`\`\`\`\n${content}\n\`\`\`\`\n`);
  }
  const questions = [...generated.unknown, ...generated.problems].map((each) => `\n- ${each}`).join("");
  show(response, questions && `\nOpen questions:\n${questions}\n`);
  response.button({ command: "fieldguide.pickConfig", title: "Generate a config file" });
}
