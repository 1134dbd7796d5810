// Ed25519 and X25519, by the browser's own program, or by a library where it has none (it comes when it is needed).  A key is
// its 32 secret bytes in base64url and the public ones; who keeps them seals them (lib/keep.ts).

import { base64url, bytes_of, utf8 } from './bytes.ts';

export interface Pair { d: string; x: string }
type Bytes = Uint8Array<ArrayBuffer>;
const library = (): Promise<typeof import('@noble/curves/ed25519.js')> => import('@noble/curves/ed25519.js');
const jwk = (crv: string, pair: { x: string; d?: string }): JsonWebKey => ({ kty: 'OKP', crv, x: pair.x, ...(pair.d ? { d: pair.d } : {}) });
// Whether the browser has no such key at all, as against a key that is wrong.
const is_missing = (error: unknown): boolean => error instanceof DOMException && error.name === 'NotSupportedError';

export async function new_pair(): Promise<Pair> {
  try {
    const made = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']) as CryptoKeyPair;
    const { d, x } = await crypto.subtle.exportKey('jwk', made.privateKey);
    return { d: d!, x: x! };
  } catch (error) {
    if (!is_missing(error)) throw error;
    const { ed25519 } = await library();
    const seed = crypto.getRandomValues(new Uint8Array(32));
    return { d: base64url(seed), x: base64url(ed25519.getPublicKey(seed)) };
  }
}

export async function sign(pair: Pair, text: string): Promise<string> {
  try {
    const key = await crypto.subtle.importKey('jwk', jwk('Ed25519', pair), 'Ed25519', false, ['sign']);
    return base64url(new Uint8Array(await crypto.subtle.sign('Ed25519', key, utf8(text))));
  } catch (error) {
    if (!is_missing(error)) throw error;
    return base64url((await library()).ed25519.sign(utf8(text), bytes_of(pair.d)));
  }
}

export async function verify(x: string, signature: string, text: string): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('jwk', jwk('Ed25519', { x }), 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', key, bytes_of(signature), utf8(text));
  } catch (error) {
    if (!is_missing(error)) throw error;
    return (await library()).ed25519.verify(bytes_of(signature), utf8(text), bytes_of(x));
  }
}

// A key that lives for one message, and what it and the other one have in common (RFC 7748).
export async function agree(x: string): Promise<{ mine: Bytes; shared: Bytes }> {
  try {
    const made = await crypto.subtle.generateKey('X25519', true, ['deriveBits']) as CryptoKeyPair;
    const other = await crypto.subtle.importKey('jwk', jwk('X25519', { x }), 'X25519', false, []);
    const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: other }, made.privateKey, 256));
    return { mine: new Uint8Array(await crypto.subtle.exportKey('raw', made.publicKey)), shared };
  } catch (error) {
    if (!is_missing(error)) throw error;
    const { x25519 } = await library();
    const secret = crypto.getRandomValues(new Uint8Array(32));
    return { mine: new Uint8Array(x25519.getPublicKey(secret)), shared: new Uint8Array(x25519.getSharedSecret(secret, bytes_of(x))) };
  }
}
