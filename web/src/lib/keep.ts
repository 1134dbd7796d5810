// What this browser keeps: IndexedDB, every item sealed (AES-256-GCM) under the key that the node gives to a signed-in person,
// and bound to that person and its own name.  Without a session nobody can read it.  The language alone is kept open, and that somebody left.

import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

import type { Work } from './pin.ts';

// What a person needs to come in without a line: the session's facts and key under a key from the password or the PIN, and how
// often it was wrong.  `work`: how hard a PIN is to try (lib/pin.ts); none: a password.  `owner` and `seen` lie open, so that what was
// sent can go without anybody coming in.
interface Door { user: string; salt: Uint8Array<ArrayBuffer>; nonce: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer; wrong: number; work?: Work; owner?: string; seen?: number; gone?: boolean }
// `sent`: the node has it; this goes when the phone forgets (P20).
interface Kept { owner: string; id: string; nonce: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer; sent?: boolean }
interface Shape extends DBSchema {
  kept: { key: [string, string]; value: Kept; indexes: { owner: string } };
  setting: { key: string; value: string };
  door: { key: string; value: Door };
}

let opened: Promise<IDBPDatabase<Shape>> | undefined;
function base(): Promise<IDBPDatabase<Shape>> {
  opened ??= openDB<Shape>('keep', 1, {
    upgrade(db) {
      db.createObjectStore('kept', { keyPath: ['owner', 'id'] }).createIndex('owner', 'owner');
      db.createObjectStore('setting');
      db.createObjectStore('door', { keyPath: 'user' });
    },
    terminated() { opened = undefined; },
  });
  return opened;
}

export async function setting(name: string): Promise<string | undefined> { return (await base()).get('setting', name); }
export async function set_setting(name: string, value: string): Promise<void> { await (await base()).put('setting', value, name); }

// That somebody left, until the door is shut for certain.  Written at once, since the page is gone in the next moment: a database of
// the browser would take longer.
const left = 'left';
export function mark_left(yes: boolean): void {
  try {
    if (yes) localStorage.setItem(left, 'yes');
    else localStorage.removeItem(left);
  } catch { /* a browser that keeps nothing keeps no session either */ }
}
export function was_left(): boolean {
  try {
    return localStorage.getItem(left) !== null;
  } catch {
    return false;
  }
}

const rounds = 600_000;
const wrong_max = 10;

async function password_key(password: string, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const typed = await crypto.subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, ['deriveKey']);
  return crypto.subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds }, typed, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

// A PIN is short, so that trying it takes a second and 64 MB; that program comes when it is needed.
async function door_key(secret: string, salt: Uint8Array<ArrayBuffer>, work: Work | undefined): Promise<CryptoKey> {
  return work ? (await import('./pin.ts')).pin_key(secret, salt, work) : password_key(secret, salt);
}

const bound_to = (user: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(`door/${user}`);

// After the node has let somebody in: so that the same password, or PIN, opens this browser's part without a line.
export async function build_door(user: string, secret: string, facts: unknown, owner: string, work?: Work): Promise<void> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const key = await door_key(secret, salt, work);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: bound_to(user) }, key, new TextEncoder().encode(JSON.stringify(facts)));
  await (await base()).put('door', { user, salt, nonce, sealed, wrong: 0, work, owner, seen: Date.now() });
}

export const wrong_left = async (user: string): Promise<number> => wrong_max - ((await (await base()).get('door', user))?.wrong ?? 0);

// 'none': nobody of this name was here.  'wrong': not the password; the tenth one takes the door away and what was sent, and what
// is not sent yet opens only with the node (P20).
export async function open_door<T>(user: string, secret: string): Promise<T | 'none' | 'wrong'> {
  const door = await (await base()).get('door', user);
  if (!door || door.gone) return 'none';
  // Counted before it is tried: whoever ends the program in between has used up a try all the same.
  await (await base()).put('door', { ...door, wrong: door.wrong + 1 });
  try {
    const key = await door_key(secret, door.salt, door.work);
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: door.nonce, additionalData: bound_to(user) }, key, door.sealed);
    await (await base()).put('door', { ...door, wrong: 0, seen: Date.now() });
    return JSON.parse(new TextDecoder().decode(plain)) as T;
  } catch {
    if (door.wrong + 1 >= wrong_max) await close_door(door, true);
    return 'wrong';
  }
}

// Who comes in here by a PIN, for the door.
export async function people_here(): Promise<string[]> { return (await (await base()).getAll('door')).filter((door) => door.work && !door.gone).map((door) => door.user).sort(); }
export async function has_door(user: string): Promise<'pin' | 'gone' | 'password' | 'none'> {
  const door = await (await base()).get('door', user);
  return !door ? 'none' : door.gone ? 'gone' : door.work ? 'pin' : 'password';
}

// Nothing can be opened by it again.  After ten wrong PINs its place stays, so that whoever comes back is asked for a new PIN.
async function close_door(door: Door, stays = false): Promise<void> {
  if (stays && door.work) await (await base()).put('door', { ...door, salt: new Uint8Array(0), nonce: new Uint8Array(0), sealed: new ArrayBuffer(0), gone: true });
  else await (await base()).delete('door', door.user);
  if (door.owner) await forget_sent(door.owner);
}

// What the node has of this person; drafts and what is not sent stay, sealed.
async function forget_sent(owner: string): Promise<void> {
  const { store } = (await base()).transaction('kept', 'readwrite');
  for (const one of await store.index('owner').getAll(owner)) if (one.sent ?? one.id.startsWith('seen/')) await store.delete([owner, one.id]);
}

const unseen_max_ms = 14 * 86_400_000;
// At every start: whoever was not here for a fortnight is forgotten, but for what is not sent (P20).
export async function forget_unseen(now = Date.now()): Promise<void> {
  for (const door of await (await base()).getAll('door')) if (door.seen !== undefined && now - door.seen > unseen_max_ms) await close_door(door);
}

export class Keep {
  private constructor(private readonly owner: string, private readonly key: CryptoKey) {}

  // `secret`: 32 bytes in base64url.  The key cannot be taken out again, and dies with the page.
  static async open(owner: string, secret: string): Promise<Keep> {
    const bytes = Uint8Array.from(atob(secret.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
    const key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
    bytes.fill(0);
    return new Keep(owner, key);
  }

  private with(id: string, nonce: Uint8Array<ArrayBuffer>): AesGcmParams {
    return { name: 'AES-GCM', iv: nonce, additionalData: new TextEncoder().encode(`${this.owner}/${id}`) };
  }

  // Resolves once it lies in the browser's own process: a tab may die then.
  async put(id: string, value: unknown, sent = false): Promise<void> {
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt(this.with(id, nonce), this.key, new TextEncoder().encode(JSON.stringify(value)));
    await (await base()).put('kept', { owner: this.owner, id, nonce, sealed, sent });
  }

  async drop(id: string): Promise<void> { await (await base()).delete('kept', [this.owner, id]); }

  async get<T>(id: string): Promise<T | undefined> {
    const one = await (await base()).get('kept', [this.owner, id]);
    if (!one) return undefined;
    try {
      return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(this.with(id, one.nonce), this.key, one.sealed))) as T;
    } catch {
      return undefined;
    }
  }

  // All of this person's items; one that cannot be opened is passed over and stays where it is.
  async all<T>(): Promise<{ id: string; value: T }[]> {
    const list: { id: string; value: T }[] = [];
    for (const one of await (await base()).getAllFromIndex('kept', 'owner', this.owner)) {
      try {
        const plain = await crypto.subtle.decrypt(this.with(one.id, one.nonce), this.key, one.sealed);
        list.push({ id: one.id, value: JSON.parse(new TextDecoder().decode(plain)) as T });
      } catch {
        continue;
      }
    }
    return list;
  }
}
