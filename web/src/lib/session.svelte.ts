// Who is signed in at this screen, and the key to what this screen keeps for that person.
//
// starting: not known yet; out: nobody; in: somebody; ended: the node no longer knows the session, but the page still holds
// what was being done, behind a door that the same person opens by signing in again.

import { call, get, NoLine, remember_csrf, tell_and_go, when_ended, Problem } from './api.ts';
import { build_door, Keep, open_door, set_setting } from './keep.ts';

export interface Me { actor: string; user: string; role: string; unit: string; unit_code: string; nodal: boolean; csrf: string; keep: string }

class Session {
  state = $state<'starting' | 'out' | 'in' | 'ended'>('starting');
  me = $state.raw<Me>();
  keep: Keep | undefined;
  alone = $state(false);  // came in without a line

  constructor() {
    when_ended(() => { if (this.state === 'in') this.state = 'ended'; });
  }

  // True where somebody is signed in.  Throws NoLine.
  async begin(): Promise<boolean> {
    try {
      await this.enter(await call<Me>('GET', '/me', { signed_out: true }));
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.state = 'out';
      return false;
    }
  }

  // Without a line the password opens what this browser keeps, if this person has been here before; throws NoLine otherwise.
  async sign_in(user: string, password: string): Promise<void> {
    try {
      const opened = await call<{ csrf: string }>('POST', '/sessions', { body: { user, password }, signed_out: true });
      remember_csrf(opened.csrf);
      const me = await get<Me>('/me');
      await this.enter(me);
      void build_door(user, password, { ...me, csrf: '' }).catch(() => {});
    } catch (error) {
      if (!(error instanceof NoLine)) throw error;
      const me = await open_door<Me>(user, password);
      if (me === 'wrong') throw new Problem(401, 'session.wrong', '');
      if (me === 'none') throw error;
      await this.enter(me);
      this.alone = true;
    }
  }

  // There may be a line again: the node says whether it still knows us; if not, the door asks for the password once more.
  async meet(): Promise<void> {
    if (!this.alone || this.state !== 'in') return;
    try {
      const me = await call<Me>('GET', '/me', { signed_out: true });
      if (me.actor !== this.me?.actor) throw new Problem(401, '', '');
      this.alone = false;
      remember_csrf(me.csrf);
    } catch (error) {
      if (error instanceof Problem) {
        this.alone = false;
        this.state = 'ended';
      }
    }
  }

  private async enter(me: Me): Promise<void> {
    remember_csrf(me.csrf);
    this.keep = await Keep.open(me.actor, me.keep);
    const { keep: _, ...rest } = me;
    this.me = { ...rest, keep: '' };
    this.state = 'in';
  }

  // The door is shut here whether or not the node hears of it.
  async sign_out(): Promise<void> {
    try {
      await call('DELETE', '/sessions/current');
    } finally {
      this.forget();
    }
  }

  // The page goes away at once: the node is told on the way out, and the next start shuts the door where it was not reached.
  leave(): void {
    void set_setting('left', 'yes');
    tell_and_go('/sessions/current');
    this.keep = undefined;
  }

  forget(): void {
    this.keep = undefined;
    this.me = undefined;
    this.alone = false;
    this.state = 'out';
    remember_csrf('');
  }
}

export const session = new Session();
