// One question to the node and its answer, for a screen: waiting, there, or why not.  Told again by `again`.  Where the node
// wants to know first what for, `choices` are what may be said, and `open` says it.

import { NoLine, open_for, Problem } from './api.ts';

export class Asked<T> {
  state = $state<'waiting' | 'there' | 'no_line' | 'none' | 'failed' | 'purpose'>('waiting');
  value = $state.raw<T>();
  detail = $state('');
  choices = $state.raw<string[]>([]);
  private turn = 0;

  constructor(private readonly ask: () => Promise<T>) { void this.again(); }

  open(purpose: string): void {
    open_for(purpose);
    this.state = 'waiting';
    void this.again();
  }

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
      this.state = error instanceof NoLine ? 'no_line' : error.code === 'policy.purpose_missing' ? 'purpose' : error.status === 404 ? 'none' : 'failed';
      this.choices = error instanceof Problem ? error.choices : [];
      this.detail = error instanceof Problem ? error.message : '';
    }
  }
}
