// A file of the format age v1 (age-encryption.org/v1) sealed to one X25519 key: what a phone cannot send is carried in it, and
// nobody but the node opens it.  Here is only how the format puts the primitives together; src/crypto/age.h is the other end.

import { chacha20poly1305 } from '@noble/ciphers/chacha.js';

import { bytes_of, utf8 } from './bytes.ts';
import { agree } from './curve.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const chunk_size = 65_536;

const joined = (...parts: Uint8Array[]): Bytes => {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};
const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes)).replaceAll('=', '');

async function derived(from: Bytes, salt: Bytes, info: string): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', from, 'HKDF', false, ['deriveBits']);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info: utf8(info) }, key, 256));
}
async function mac(key: Bytes, text: string): Promise<Bytes> {
  const made = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', made, utf8(text)));
}

// `x`: the node's public key in base64url.
export async function age_seal(x: string, plain: Bytes): Promise<Bytes> {
  const file_key = crypto.getRandomValues(new Uint8Array(16));
  const { mine, shared } = await agree(x);
  if (shared.every((byte) => byte === 0)) throw new Error('this key is none');
  const wrapping = await derived(shared, joined(mine, bytes_of(x)), 'age-encryption.org/v1/X25519');
  const body = chacha20poly1305(wrapping, new Uint8Array(12)).encrypt(file_key);
  const head = `age-encryption.org/v1\n-> X25519 ${base64(mine)}\n${base64(body)}\n---`;
  const header = utf8(`${head} ${base64(await mac(await derived(file_key, new Uint8Array(0), 'header'), head))}\n`);
  const nonce = crypto.getRandomValues(new Uint8Array(16));
  const stream = await derived(file_key, nonce, 'payload');
  const chunks: Uint8Array[] = [];
  const count = Math.max(1, Math.ceil(plain.length / chunk_size));
  for (let at = 0; at < count; at += 1) {
    const each = new Uint8Array(12);
    new DataView(each.buffer).setUint32(7, at);
    each[11] = at === count - 1 ? 1 : 0;
    chunks.push(chacha20poly1305(stream, each).encrypt(plain.subarray(at * chunk_size, (at + 1) * chunk_size)));
  }
  return joined(header, nonce, ...chunks);
}
