/** When a server that ended is started again: soon at first, then later and later, then not by itself any more. */

export interface Policy {
  /** The pause in milliseconds before the next start; undefined to give up. */
  next(now: number): number | undefined;
}

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const MOST = 5;
/** A server that ran this long was well: what happened before does not count any more. */
const WELL_AFTER_MS = 180_000;

export class BackOff implements Policy {
  private ends: number[] = [];

  next(now: number): number | undefined {
    this.ends = this.ends.filter((at) => now - at < WELL_AFTER_MS);
    if (this.ends.length >= MOST) {
      return undefined;
    }
    this.ends.push(now);
    return Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.ends.length - 1));
  }

  /** The user asked for a start: begin anew. */
  reset(): void {
    this.ends = [];
  }
}

/**
 * Runs one task after the other. Of those that wait only the newest is run: restarts that were asked for while one
 * is under way are one restart.
 */
export class Turn {
  private running: Promise<void> | undefined;
  private waiting: (() => Promise<void>) | undefined;

  async take(task: () => Promise<void>): Promise<void> {
    this.waiting = task;
    this.running ??= this.drain();
    await this.running;
  }

  /** The end of what runs and waits now; undefined where nothing does. */
  get settled(): Promise<void> | undefined {
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
