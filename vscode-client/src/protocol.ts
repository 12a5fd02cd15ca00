/**
 * The server's own methods with their params and results: a mirror of `protocol.py`, which a test compares.
 * Lines in results are 1-based, and ranges include both ends; positions in params are LSP's.
 */

import type { Position, Range, TextDocumentIdentifier } from "vscode-languageclient";

export const ASK = "fieldguide/ask";
export const SHOW_PROMPT = "fieldguide/showPrompt";
export const EXPLAIN = "fieldguide/explain";
export const EXPLAIN_PROBLEM = "fieldguide/explainProblem";
export const MODELS = "fieldguide/models";
export const PERSONAS = "fieldguide/personas";
export const SET_KEY = "fieldguide/setKey";
export const GENERATE_CONFIG = "fieldguide/generateConfig";
export const HISTORY = "fieldguide/history";
export const SEARCH = "fieldguide/search";
export const STATUS = "fieldguide/status";
export const FILES = "fieldguide/files";
export const REINDEX = "fieldguide/reindex";
export const ADD_DOCS = "fieldguide/addDocs";
export const PAUSE = "fieldguide/pauseIndexing";
export const RESUME = "fieldguide/resumeIndexing";

export const ANSWER_DELTA = "fieldguide/answerDelta";
export const ANSWER_RESET = "fieldguide/answerReset";
export const INDEX_STATUS = "fieldguide/indexStatus";

// Requests from the server to this client.
export const MODEL = "fieldguide/model";
export const MODEL_LIMITS = "fieldguide/modelLimits";

/** A range in LSP's format: JSON turns a `vscode.Range` into an array of two positions. */
export function rangeOf({ start, end }: Range): Range {
  return { start: { line: start.line, character: start.character }, end: { line: end.line, character: end.character } };
}

export interface Turn {
  question: string;
  answer: string;
}

export interface ShowPromptParams {
  question: string;
  textDocument?: TextDocumentIdentifier;
  path?: string;
  folder?: string;
  selection?: Range;
  history?: Turn[];
  openFiles?: string[];
}

export interface AskParams extends ShowPromptParams {
  token?: string;
}

export interface ChooseParams {
  use?: string;
  reset?: boolean;
  everywhere?: boolean;
  folder?: string;
}

export interface ModelsParams extends ChooseParams {
  probe?: boolean;
}

export interface SetKeyParams {
  variable: string;
  key?: string;
}

export interface HistoryParams {
  id?: string;
  limit?: number;
  folder?: string;
}

export interface PauseParams {
  folder?: string;
}

export interface ExplainParams {
  textDocument: TextDocumentIdentifier;
  position?: Position;
  range?: Range;
  token?: string;
  show?: boolean;
}

export interface ExplainProblemParams {
  textDocument: TextDocumentIdentifier;
  range: Range;
  message: string;
  code?: string;
  source?: string;
  token?: string;
  show?: boolean;
}

export interface GenerateConfigParams {
  target?: string;
  folder?: string;
  apply?: boolean;
  model?: boolean;
}

export interface SearchParams {
  query: string;
  limit?: number;
  within?: "all" | "code" | "docs";
  folder?: string;
}

export interface StatusParams {
  folder?: string;
  path?: string;
}

export type FileState = "indexed" | "skipped" | "failed" | "stale";

export interface FilesParams {
  folder?: string;
  state?: FileState;
  reason?: string;
  after?: string;
  limit?: number;
}

export interface AddDocsParams {
  path: string;
}

export interface ReindexParams {
  folder?: string;
}

export interface FileGroups {
  folder: string;
  groups: { state: FileState; reason: string; count: number }[];
}

export interface FilePage {
  folder: string;
  files: { path: string; state: FileState; reason: string; chunks: number }[];
  next: string | null;
}

export interface Reindexed {
  folders: { folder: string; chunks: number; skipped: number; failed: number; interrupted: boolean; seconds: number }[];
}

export interface Citation {
  path: string;
  start_line: number;
  end_line: number;
  verified: boolean;
  quote?: string;
}

export interface Answer {
  folder: string;
  answer: string;
  model: string | null;
  citations: Citation[];
  coverage: Record<string, unknown>;
  notice: string;
  /** The folders of documentation, by the prefix of their paths. */
  docs?: Record<string, string>;
}

export interface Prompt {
  folder: string;
  model: string | null;
  messages: { role: string; content: string }[];
}

export interface Profile {
  profile: string;
  model: string | null;
  address: string;
  /** Why it cannot be used. */
  off?: string | null;
  api_key_env: string;
  has_key: boolean;
  context_window: number;
}

export interface Models {
  model: string | null;
  profile: string | null;
  /** Where the model in use is. */
  address: string | null;
  /** Why the model of the settings cannot be used. */
  off: string | null;
  profiles: Profile[];
  local?: { profile: string; base_url: string; models: string[] }[];
}

export interface Personas {
  persona: string;
  personas: { name: string; origin: string }[];
}

export interface AnswerReset {
  token: string;
  /** Empty if the text so far was the model's thinking. */
  problems: readonly unknown[];
}

export interface AnswerDelta {
  token: string;
  text: string;
}

export interface Hit {
  path: string;
  start_line: number;
  end_line: number;
  score: number;
  symbol: string;
  kind: string;
  text: string;
  folder?: string;
}

export interface SearchResult {
  folder: string | null;
  hits: Hit[];
  notice?: string;
}

export interface ConfigFile {
  path: string;
  content: string;
}

export interface GeneratedConfig {
  folder: string;
  target: string;
  files: ConfigFile[];
  unknown: string[];
  problems: string[];
  applied?: boolean;
  with_model?: SuggestedConfig;
}

/** The accepted and refused additions of a model to a config, and the files without them. */
export interface SuggestedConfig {
  model: string | null;
  notice: string;
  rounds: number;
  additions: { kind: string; value: string; file: string; line: number }[];
  refused: { why: string; reason: string; addition: { kind: string; value: string } | null }[];
  rules: ConfigFile[];
  diff: string;
}

export type State = "empty" | "scanning" | "lexical ready" | "ready" | "updating" | "degraded";

export interface IndexStatus {
  folder: string | null;
  state: State;
  files: number;
  chunks: number;
  embedded: number;
  skipped: Record<string, number>;
  reason: string;
  paused?: boolean;
  docs?: boolean;
  model?: string | null;
}

export interface ModelMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

export interface ModelParams {
  model: string;
  messages: ModelMessage[];
  partialResultToken: string;
}

export interface ModelPiece {
  text: string;
}

export interface ModelLimits {
  maxInputTokens: number;
}
