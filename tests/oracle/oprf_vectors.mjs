// Writes evaluations and proofs that @noble/curves made (RFC 9497, VOPRF, ristretto255-SHA512), for crypto_test to compare
// with its own: `oprf_vectors.mjs FILE`.
import { writeFileSync } from 'node:fs';
import { ristretto255_oprf } from '@noble/curves/ed25519.js';

const { voprf } = ristretto255_oprf;
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const inputs = ['', 'a', 'রহিমা', 'सीता|9', '၊', ...Array.from({ length: 45 }, (_, i) => `value ${i} `.repeat(i * 7))];
const cases = inputs.map((text) => {
  const input = new TextEncoder().encode(text);
  const keys = voprf.generateKeyPair();
  const { blind, blinded } = voprf.blind(input);
  const { evaluated, proof } = voprf.blindEvaluate(keys.secretKey, keys.publicKey, blinded);
  const output = voprf.finalize(input, blind, evaluated, blinded, keys.publicKey, proof);
  return Object.fromEntries(
    Object.entries({ input, key: keys.secretKey, public: keys.publicKey, blind, blinded, evaluated, proof, output }).map(([name, value]) => [name, hex(value)]),
  );
});
writeFileSync(process.argv[2], JSON.stringify({ cases }));
