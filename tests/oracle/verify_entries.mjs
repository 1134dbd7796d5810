// Verifies our entries with two libraries that we did not write, @sd-jwt/core and jose.
//
//   node verify_entries.mjs [--quiet] FILE     each entry verifies in both and shows exactly the fields it should
//   node verify_entries.mjs --mutate FILE      each entry with one character changed is refused, or shows nothing new
//
// FILE holds JSON lines {"entry": compact, "jwk": {...}, "fld"?: {...what it should show...}}.
// `npm ci` in this folder first.  Exit code: 0 all well, 1 something is not, 2 usage.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { SDJwtInstance } from '@sd-jwt/core';
import { compactVerify, importJWK } from 'jose';

const hasher = (data, algorithm) => {
  if (algorithm.toLowerCase() !== 'sha-256') throw new Error(`an entry is digested with sha-256, not ${algorithm}`);
  return new Uint8Array(createHash('sha256').update(typeof data === 'string' ? data : Buffer.from(data)).digest());
};

// @sd-jwt/core does the SD-JWT, and asks jose for the one Ed25519 verification.
async function showByCore(entry, key) {
  const instance = new SDJwtInstance({
    hasher,
    hashAlg: 'sha-256',
    verifier: async (input, signature) => {
      try {
        await compactVerify(`${input}.${signature}`, key, { algorithms: ['EdDSA'] });
        return true;
      } catch {
        return false;
      }
    },
  });
  const { payload, header } = await instance.verify(entry);
  if (header.typ !== 'entry+sd-jwt') throw new Error('typ is not entry+sd-jwt');
  return { claims: payload, fld: payload.fld ?? {} };
}

// jose does the JWS; the disclosures are matched here, after RFC 9901 section 7.1, in the few lines that our profile needs.
async function showByJose(entry, key) {
  const [signed, ...rest] = entry.split('~');
  if (rest.pop() !== '') throw new Error('does not end in ~');
  const { payload, protectedHeader } = await compactVerify(signed, key, { algorithms: ['EdDSA'] });
  if (protectedHeader.typ !== 'entry+sd-jwt') throw new Error('typ is not entry+sd-jwt');
  const claims = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  const digests = new Set(claims.fld._sd);
  if (claims._sd_alg !== 'sha-256' || digests.size !== claims.fld._sd.length) throw new Error('a digest stands twice');
  const fld = {};
  for (const encoded of rest) {
    if (!digests.delete(createHash('sha256').update(encoded).digest('base64url'))) throw new Error('a disclosure was not signed');
    const list = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
    if (list.length !== 3 || list[1] in fld) throw new Error('a disclosure is not one of ours');
    fld[list[1]] = list[2];
  }
  return { claims, fld };
}

const verifiers = { '@sd-jwt/core': showByCore, jose: showByJose };

async function verifyAll(lines, quiet) {
  let bad = 0;
  for (const [number, { entry, jwk, fld: expected }] of lines.entries()) {
    const key = await importJWK(jwk, 'EdDSA');
    const seen = [];
    for (const [name, show] of Object.entries(verifiers)) {
      try {
        const { claims, fld } = await show(entry, key);
        seen.push(fld);
        if (!quiet) console.log(`${number + 1} ${name}: iss ${claims.iss} iat ${claims.iat} fld ${JSON.stringify(fld)}`);
        if (expected !== undefined && !isDeepStrictEqual(fld, expected)) {
          bad += 1;
          console.log(`${number + 1} ${name}: NOT WHAT IT SHOULD SHOW ${JSON.stringify(expected)}`);
        }
      } catch (error) {
        bad += 1;
        console.log(`${number + 1} ${name}: REFUSED ${error.message}`);
      }
    }
    if (seen.length === 2 && !isDeepStrictEqual(seen[0], seen[1])) {
      bad += 1;
      console.log(`${number + 1}: THE TWO DIFFER`);
    }
  }
  console.log(`${lines.length} entries, ${bad} not well`);
  return bad === 0;
}

// Both libraries are laxer than ours: @sd-jwt/core passes over a disclosure that no digest names, both take base64url with
// unused bits that are not zero.  That is counted.  What must not happen is a value that was not signed.
async function mutateAll(lines) {
  const count = { tried: 0, refused: 0, sameOrLess: 0, wrong: 0 };
  for (const [number, { entry, jwk, fld: expected }] of lines.entries()) {
    const key = await importJWK(jwk, 'EdDSA');
    const whole = expected ?? (await showByJose(entry, key)).fld;
    const step = Math.max(1, Math.floor(entry.length / 400));
    for (let at = 0; at < entry.length; at += step) {
      for (const character of ['A', 'w', '_', '~', '.']) {
        if (entry[at] === character) continue;
        const changed = entry.slice(0, at) + character + entry.slice(at + 1);
        for (const [name, show] of Object.entries(verifiers)) {
          count.tried += 1;
          try {
            const { fld } = await show(changed, key);
            if (Object.entries(fld).every(([field, value]) => isDeepStrictEqual(whole[field], value))) {
              count.sameOrLess += 1;
            } else {
              count.wrong += 1;
              console.log(`${number + 1} ${name}: place ${at} changed to ${character} SHOWS ${JSON.stringify(fld)}`);
            }
          } catch {
            count.refused += 1;
          }
        }
      }
    }
  }
  console.log(`${count.tried} changed entries: ${count.refused} refused, ${count.sameOrLess} show the same or less, ${count.wrong} show what was not signed`);
  return count.tried > 0 && count.wrong === 0 && count.refused > count.sameOrLess;
}

const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const files = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
if (files.length !== 1 || options.some((option) => option !== '--mutate' && option !== '--quiet')) {
  console.error('usage: node verify_entries.mjs [--quiet | --mutate] FILE');
  process.exit(2);
}
const lines = readFileSync(files[0], 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
if (lines.length === 0) {
  console.error('there is no entry in this file');
  process.exit(1);
}
const well = options.includes('--mutate') ? await mutateAll(lines) : await verifyAll(lines, options.includes('--quiet'));
process.exit(well ? 0 : 1);
