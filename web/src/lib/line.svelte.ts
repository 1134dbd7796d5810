// Whether the node can be reached, as far as the last question showed.

class Line {
  up = $state(true);
  private waiting: (() => void)[] = [];

  constructor() {
    addEventListener('online', () => this.again());
    addEventListener('offline', () => this.lost());
    document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') this.again(); });
  }

  heard(): void { this.up = true; }
  lost(): void { this.up = false; }
  // Calls `go` when there may be a line again.
  on_return(go: () => void): void { this.waiting.push(go); }
  private again(): void { for (const go of this.waiting) go(); }
}

export const line = new Line();
