// Who is signed in at this screen, and the key to what this screen keeps for that person.
//
// starting: not known yet; out: nobody; in: somebody; ended: the node no longer knows the session, but the page still holds
// what was being done, behind a door that the same person opens by signing in again.

import { call, get, NoLine, post, remember_csrf, tell_and_go, when_ended, Problem } from './api.ts';
import { build_door, has_door, Keep, mark_left, open_door } from './keep.ts';

export interface Me { actor: string; user: string; role: string; unit: string; unit_code: string; nodal: boolean; watches?: boolean; csrf: string; keep: string }

// What a PIN opens: who it is, and the secret that this device shows the node in their name.
interface Inside { me: Me; secret: string }

const new_secret = (): string => Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, '0')).join('');

class Session {
  state = $state<'starting' | 'out' | 'in' | 'ended'>('starting');
  me = $state.raw<Me>();
  keep: Keep | undefined;
  unmade = $state(false);  // there is no node here yet: three screens make one
  alone = $state(false);  // came in without a line
  locked = $state(false);  // nobody touched it for a while; the work stands behind the door
  fresh = '';             // a password that officers gave: to be replaced by a PIN at once
  private secret = '';    // of this device, while a PIN has it open
  private kept = '';      // the key of `keep`, for a door that is still to be built

  constructor() {
    when_ended(() => {
      if (this.state !== 'in') return;
      if (this.secret) void this.reopen();
      else this.state = 'ended';
    });
  }

  // True where somebody is signed in.  Throws NoLine.
  async begin(): Promise<boolean> {
    try {
      await this.enter(await call<Me>('GET', '/me', { signed_out: true }));
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.unmade = error.code === 'node.first_run';
      this.state = 'out';
      return false;
    }
  }

  private async open(user: string, password: string): Promise<Me> {
    const opened = await call<{ csrf: string }>('POST', '/sessions', { body: { user, password }, signed_out: true });
    remember_csrf(opened.csrf);
    const me = await get<Me>('/me');
    await this.enter(me);
    return me;
  }

  // By the PIN of this device.  'wrong' and 'renewed' (the node knows another secret now: two officers gave a new one) are Problems.
  async unlock(user: string, pin: string): Promise<void> {
    const inside = await open_door<Inside>(user, pin);
    if (inside === 'wrong' || inside === 'none') throw new Problem(401, 'pin.wrong', '');
    try {
      await this.open(user, inside.secret);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) throw new Problem(401, 'pin.renewed', '');
      if (!(error instanceof NoLine)) throw error;
      await this.enter(inside.me);
      this.alone = true;
    }
    this.secret = inside.secret;
  }

  // A new person by an invitation: the device makes a secret that nobody learns, and the PIN is all that has to be kept in mind.
  async arrive(code: string, pin: string): Promise<void> {
    const secret = new_secret();
    const { user } = await call<{ user: string }>('POST', '/invitations/take', { body: { code, password: secret }, signed_out: true });
    await this.open(user, secret);
    await this.choose_pin(pin, secret);
  }

  // `password`: what opens this person's account at the node.
  async choose_pin(pin: string, password: string): Promise<void> {
    const me = this.me!;
    const { tune } = await import('./pin.ts');
    await build_door(me.user, pin, { me: { ...me, csrf: '', keep: this.kept }, secret: password } satisfies Inside, me.actor, await tune());
    this.secret = password;
  }

  // With the password that officers gave, or one's own, a new PIN: what was written under the old one opens as before.
  async renew_pin(pin: string): Promise<void> {
    const secret = new_secret();
    await post('/me/password', { password: this.fresh, new_password: secret });
    this.fresh = '';
    await this.choose_pin(pin, secret);
  }

  // A PIN beside the password that one has; the node says whether it is that one.
  async own_pin(pin: string, password: string): Promise<void> {
    await this.open(this.me!.user, password);
    await this.choose_pin(pin, password);
  }

  // The session ended; a device that is open gets another one without asking anybody.
  private async reopen(): Promise<void> {
    const { me, secret } = this;
    if (!me || !secret) return;
    try {
      await this.open(me.user, secret);
      this.alone = false;
    } catch (error) {
      if (error instanceof NoLine) this.alone = true;
      else this.state = 'ended';
    }
  }

  // Nobody was here for a while: what opens the work is forgotten, the work stays where it is.
  lock(): void {
    if (this.state !== 'in') return;
    this.secret = '';
    this.kept = '';
    this.keep = undefined;
    this.locked = true;
    this.state = 'ended';
  }

  // Without a line the password opens what this browser keeps, if this person has been here before; throws NoLine otherwise.
  async sign_in(user: string, password: string): Promise<void> {
    try {
      const me = await this.open(user, password);
      if (['pin', 'gone'].includes(await has_door(user))) this.fresh = password;
      else void build_door(user, password, { ...me, csrf: '' }, me.actor).catch(() => {});
    } catch (error) {
      if (!(error instanceof NoLine)) throw error;
      if (await has_door(user) === 'pin') throw error;  // here the PIN opens, and nothing else
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
      if (!(error instanceof Problem)) return;
      this.alone = false;
      if (this.secret) await this.reopen();
      else this.state = 'ended';
    }
  }

  private async enter(me: Me): Promise<void> {
    remember_csrf(me.csrf);
    this.keep = await Keep.open(me.actor, me.keep);
    this.kept = me.keep;
    this.locked = false;
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
    mark_left(true);
    tell_and_go('/sessions/current');
    this.keep = undefined;
  }

  forget(): void {
    this.keep = undefined;
    this.secret = this.kept = this.fresh = '';
    this.locked = false;
    this.me = undefined;
    this.alone = false;
    this.state = 'out';
    remember_csrf('');
  }
}

export const session = new Session();
