// What this browser keeps: IndexedDB, every item sealed (AES-256-GCM) under the key that the node gives to a signed-in person,
// and bound to that person and its own name.  Without a session nobody can read it.  The language alone is kept open.

import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

// What a person needs to come in without a line: the session's facts and key under a key from the password, and how often it was wrong.
interface Door { user: string; salt: Uint8Array<ArrayBuffer>; nonce: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer; wrong: number }
interface Kept { owner: string; id: string; nonce: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer }
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

const rounds = 600_000;
const wrong_max = 10;

async function password_key(password: string, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const typed = await crypto.subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, ['deriveKey']);
  return crypto.subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds }, typed, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

// After the node has let somebody in: so that the same password opens this browser's part without a line.
export async function build_door(user: string, password: string, facts: unknown): Promise<void> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const key = await password_key(password, salt);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: new TextEncoder().encode(`door/${user}`) }, key, new TextEncoder().encode(JSON.stringify(facts)));
  await (await base()).put('door', { user, salt, nonce, sealed, wrong: 0 });
}

// 'none': nobody of this name was here.  'wrong': not the password; the tenth one takes the door away, and what is kept then
// opens only with the node (P20).
export async function open_door<T>(user: string, password: string): Promise<T | 'none' | 'wrong'> {
  const door = await (await base()).get('door', user);
  if (!door) return 'none';
  try {
    const key = await password_key(password, door.salt);
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: door.nonce, additionalData: new TextEncoder().encode(`door/${user}`) }, key, door.sealed);
    if (door.wrong > 0) await (await base()).put('door', { ...door, wrong: 0 });
    return JSON.parse(new TextDecoder().decode(plain)) as T;
  } catch {
    if (door.wrong + 1 >= wrong_max) await (await base()).delete('door', user);
    else await (await base()).put('door', { ...door, wrong: door.wrong + 1 });
    return 'wrong';
  }
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
  async put(id: string, value: unknown): Promise<void> {
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt(this.with(id, nonce), this.key, new TextEncoder().encode(JSON.stringify(value)));
    await (await base()).put('kept', { owner: this.owner, id, nonce, sealed });
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
