// A key from a PIN of six digits: Argon2id in WebAssembly, tuned on this device to about a second.  A PIN opens what lies on this
// device and never leaves it; what the node is shown is a secret that the PIN unlocks (session.svelte.ts).

import { argon2id } from 'hash-wasm';

// Of Argon2id: memory in KiB and passes.
export interface Work { memory: number; passes: number }

const about_ms = 1_000;
const passes_max = 12;

export const is_pin = (typed: string): boolean => /^[0-9]{6}$/.test(typed);
const derive = (pin: string, salt: Uint8Array<ArrayBuffer>, work: Work): Promise<Uint8Array<ArrayBuffer>> =>
  argon2id({ password: pin, salt, parallelism: 1, iterations: work.passes, memorySize: work.memory, hashLength: 32, outputType: 'binary' }) as Promise<Uint8Array<ArrayBuffer>>;

// A phone of 2 GB has 32 MB to spare, a larger one 64.
export async function tune(): Promise<Work> {
  const memory = ((navigator as { deviceMemory?: number }).deviceMemory ?? 4) >= 4 ? 65_536 : 32_768;
  const began = performance.now();
  await derive('000000', new Uint8Array(16), { memory, passes: 1 });
  const once = Math.max(1, performance.now() - began);
  return { memory, passes: Math.min(passes_max, Math.max(1, Math.round(about_ms / once))) };
}

export async function pin_key(pin: string, salt: Uint8Array<ArrayBuffer>, work: Work): Promise<CryptoKey> {
  const bytes = await derive(pin, salt, work);
  const key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
  bytes.fill(0);
  return key;
}
