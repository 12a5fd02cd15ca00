import { describe, expect, it } from "vitest";
import { BackOff, RestartQueue } from "../../src/server/restarts";

describe("the delay before a restart", () => {
  it("doubles with each exit, until the restarts stop", () => {
    const backOff = new BackOff();
    const delays = [0, 1, 2, 3, 4, 5].map((at) => backOff.next(at));
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, undefined]);
  });

  it("does not count exits that are long ago", () => {
    const backOff = new BackOff();
    [0, 1, 2, 3, 4].forEach((at) => backOff.next(at));
    expect(backOff.next(1_000_000)).toBe(500);
  });

  it("is short again after the user has requested a start", () => {
    const backOff = new BackOff();
    [0, 1, 2, 3, 4].forEach((at) => backOff.next(at));
    backOff.reset();
    expect(backOff.next(5)).toBe(500);
  });
});

describe("restarts that are requested during a restart", () => {
  it("become one restart, which all callers wait for", async () => {
    const queue = new RestartQueue();
    const done: string[] = [];
    let release = (): void => undefined;
    const first = queue.run(async () => {
      await new Promise<void>((resolve) => (release = resolve));
      done.push("first");
    });
    const others = ["second", "third", "fourth"].map((name) =>
      queue.run(() => {
        done.push(name);
        return Promise.resolve();
      }),
    );
    release();
    await Promise.all([first, ...others]);
    expect(done).toEqual(["first", "fourth"]);
  });

  it("run after one that failed", async () => {
    const queue = new RestartQueue();
    await expect(queue.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    let ran = false;
    await queue.run(() => {
      ran = true;
      return Promise.resolve();
    });
    expect(ran).toBe(true);
  });
});
