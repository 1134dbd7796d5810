// One question to the node and its answer, for a screen: waiting, there, or why not.  Told again by `again`.

import { NoLine, Problem } from './api.ts';

export class Asked<T> {
  state = $state<'waiting' | 'there' | 'no_line' | 'none' | 'failed'>('waiting');
  value = $state.raw<T>();
  detail = $state('');
  private turn = 0;

  constructor(private readonly ask: () => Promise<T>) { void this.again(); }

  async again(): Promise<void> {
    const turn = ++this.turn;
    if (this.value === undefined) this.state = 'waiting';
    try {
      const value = await this.ask();
      if (turn !== this.turn) return;
      this.value = value;
      this.state = 'there';
    } catch (error) {
      if (turn !== this.turn) return;
      if (!(error instanceof NoLine) && !(error instanceof Problem)) throw error;
      this.state = error instanceof NoLine ? 'no_line' : error.status === 404 ? 'none' : 'failed';
      this.detail = error instanceof Problem ? error.message : '';
    }
  }
}
