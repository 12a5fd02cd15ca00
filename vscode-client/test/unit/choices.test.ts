import { beforeEach, describe, expect, it } from "vitest";
import type * as real from "vscode";
import { forget, remember, restore } from "../../src/models/choices";
import type { Server } from "../../src/server/server";

let stored: Map<string, unknown>;
let sent: [string, object][];
let failing: string;

const state = {
  get: (key: string, fallback: unknown) => stored.get(key) ?? fallback,
  update: (key: string, value: unknown) => Promise.resolve(void stored.set(key, JSON.parse(JSON.stringify(value)))),
} as unknown as real.Memento;

const server = {
  isRunning: true,
  request: (method: string, params: { use?: string }) => {
    sent.push([method, params]);
    return params.use && params.use === failing ? Promise.reject(new Error("There is no persona.")) : Promise.resolve({ method });
  },
} as unknown as Server;

beforeEach(() => {
  stored = new Map();
  sent = [];
  failing = "";
});

describe("the selected model and persona", () => {
  it("are sent to each server that starts, after a reload and after a crash", async () => {
    await remember(state, { model: "ollama:qwen3:8b" });
    await remember(state, { persona: "teacher" });
    const expected = [
      ["fieldguide/models", { use: "ollama:qwen3:8b", everywhere: true }],
      ["fieldguide/personas", { use: "teacher", everywhere: true }],
    ];
    await restore(state, server);
    expect(sent).toEqual(expected);
    await restore(state, server);
    expect(sent).toEqual([...expected, ...expected]);
  });

  it("are those of the settings where nothing was selected", async () => {
    await restore(state, server);
    expect(sent).toEqual([
      ["fieldguide/models", {}],
      ["fieldguide/personas", {}],
    ]);
  });

  it("return to the settings when they are forgotten, one without the other", async () => {
    await remember(state, { model: "openai:gpt-5", persona: "teacher" });
    await forget(state, server, "model");
    expect(sent).toEqual([["fieldguide/models", { reset: true, everywhere: true }]]);
    sent = [];
    await restore(state, server);
    expect(sent).toEqual([
      ["fieldguide/models", {}],
      ["fieldguide/personas", { use: "teacher", everywhere: true }],
    ]);
  });

  it("do not include a persona that has been removed since", async () => {
    await remember(state, { persona: "pirate" });
    failing = "pirate";
    const { personas } = await restore(state, server);
    expect(personas).toEqual({ method: "fieldguide/personas" });
    sent = [];
    await restore(state, server);
    expect(sent.at(-1)).toEqual(["fieldguide/personas", {}]);
  });
});
