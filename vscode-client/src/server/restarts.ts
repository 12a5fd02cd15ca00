/** When a server that has exited is restarted: soon at first, then with longer and longer delays, finally not automatically. */

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const MAX_RESTARTS = 5;
/** Exits that are longer ago do not count any more. */
const WINDOW_MS = 180_000;

export class BackOff {
  private exits: number[] = [];

  /** Records an exit at `now`, in milliseconds. Returns the delay before the restart; undefined to give up. */
  next(now: number): number | undefined {
    this.exits = this.exits.filter((at) => now - at < WINDOW_MS);
    if (this.exits.length >= MAX_RESTARTS) {
      return undefined;
    }
    this.exits.push(now);
    return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.exits.length - 1));
  }

  /** Forgets earlier exits, because the user has requested a start. */
  reset(): void {
    this.exits = [];
  }
}

/** Runs restarts one at a time. Of those that wait only the newest is run: requests during a restart become one restart. */
export class RestartQueue {
  private running: Promise<void> | undefined;
  private waiting: (() => Promise<void>) | undefined;

  /** Runs a task after the current one; resolves when the queue is empty. */
  async run(task: () => Promise<void>): Promise<void> {
    this.waiting = task;
    this.running ??= this.drain();
    await this.running;
  }

  /** Resolves when the queue is empty; undefined if it is empty now. */
  get idle(): Promise<void> | undefined {
    return this.running;
  }

  private async drain(): Promise<void> {
    try {
      while (this.waiting) {
        const task = this.waiting;
        this.waiting = undefined;
        await task();
      }
    } finally {
      this.running = undefined;
    }
  }
}
