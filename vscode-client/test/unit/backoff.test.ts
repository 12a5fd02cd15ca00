import { describe, expect, it } from "vitest";
import { BackOff, Turn } from "../../src/server/backoff";

describe("starting a server again that ended", () => {
  it("waits longer each time and gives up in the end", () => {
    const policy = new BackOff();
    const pauses = [0, 1, 2, 3, 4, 5].map((at) => policy.next(at));
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, undefined]);
  });

  it("forgets old ends of a server that was well since", () => {
    const policy = new BackOff();
    [0, 1, 2, 3, 4].forEach((at) => policy.next(at));
    expect(policy.next(1_000_000)).toBe(500);
  });

  it("begins anew when the user asks", () => {
    const policy = new BackOff();
    [0, 1, 2, 3, 4].forEach((at) => policy.next(at));
    policy.reset();
    expect(policy.next(5)).toBe(500);
  });
});

describe("restarts that are asked for while one is under way", () => {
  it("are one restart, and everybody waits for it", async () => {
    const turn = new Turn();
    const done: string[] = [];
    let release = (): void => undefined;
    const first = turn.take(async () => {
      await new Promise<void>((resolve) => (release = resolve));
      done.push("first");
    });
    const others = ["second", "third", "fourth"].map((name) =>
      turn.take(() => {
        done.push(name);
        return Promise.resolve();
      }),
    );
    release();
    await Promise.all([first, ...others]);
    expect(done).toEqual(["first", "fourth"]);
  });

  it("go on after one that failed", async () => {
    const turn = new Turn();
    await expect(turn.take(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    let ran = false;
    await turn.take(() => {
      ran = true;
      return Promise.resolve();
    });
    expect(ran).toBe(true);
  });
});
