/**
 * The server's own methods and their params and results; the mirror of `protocol.py`, compared with it by a test.
 * Lines in results count from 1, ranges include both ends; positions in params are LSP's.
 */

import type { Position, Range, TextDocumentIdentifier } from "vscode-languageclient";

export const ASK = "fieldguide/ask";
export const EXPLAIN = "fieldguide/explain";
export const GENERATE_CONFIG = "fieldguide/generateConfig";
export const SEARCH = "fieldguide/search";
export const STATUS = "fieldguide/status";

export const ANSWER_DELTA = "fieldguide/answerDelta";
export const INDEX_STATUS = "fieldguide/indexStatus";

export interface AskParams {
  question: string;
  token?: string;
  textDocument?: TextDocumentIdentifier;
  path?: string;
  folder?: string;
}

export interface ExplainParams {
  textDocument: TextDocumentIdentifier;
  position?: Position;
  range?: Range;
  token?: string;
}

export interface GenerateConfigParams {
  target?: string;
  folder?: string;
  apply?: boolean;
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

export interface Found {
  folder: string | null;
  hits: Hit[];
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
  model?: string | null;
}
