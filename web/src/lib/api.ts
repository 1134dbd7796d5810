// The way to the node: JSON over HTTP, problems as values that say what and what to do.  Knows no screen.
//
// Problem: the node answered no (RFC 9457), in the reader's language.  Where it has no words for it in that language, the reader is
// told what kind of no it is, with the English behind it for whoever is asked about it.  NoLine: nobody answered, or not in time; nothing is known of what was asked.

import { line } from './line.svelte.ts';
import { words } from './words.svelte.ts';

export interface FieldFault { pointer: string; code: string; detail: string }

export class Problem extends Error {
  // `choices`: what the node would take instead, where it says so.
  constructor(readonly status: number, readonly code: string, detail: string, readonly errors: FieldFault[] = [], readonly choices: string[] = []) {
    super(detail);
  }
}

export class NoLine extends Error {}

const kinds: Record<number, string> = { 403: 'no-allowed', 404: 'state-none', 409: 'no-conflict', 412: 'no-conflict', 429: 'no-many' };

function in_words(kind: string, detail: string): string {
  // In the reader's letters already.
  if (words.language === 'en' || /[\u0900-\u09ff]/.test(detail)) return detail;
  const said = words.say(kind);
  return said && detail ? `${said} (${detail})` : said || detail;
}

function problem_of(status: number, answer: unknown): Problem {
  const { code = '', detail = '', errors = [], choices = [] } = (answer ?? {}) as { code?: string; detail?: string; errors?: FieldFault[]; choices?: string[] };
  return new Problem(status, code, in_words(kinds[status] ?? (status < 500 ? 'no-right' : 'state-failed'), detail),
    errors.map((one) => ({ ...one, detail: in_words(one.code === 'answers.missing' ? 'no-answer' : 'no-good-answer', one.detail) })), choices);
}

const wait_ms = 45_000;
let csrf = '';
let ended: () => void = () => {};
let purpose = '';

export function remember_csrf(token: string): void { csrf = token; }
// What records are opened for, where the node asks that; it stands in the log of who read what.
export function open_for(what: string): void { purpose = what; }
// Who is told when the node no longer knows the session.
export function when_ended(tell: () => void): void { ended = tell; }

// `receipt` is called with what the node signed for it, where it did.
interface Options { body?: unknown; key?: string; signed_out?: boolean; language?: string; seen?: string[]; receipt?: (compact: string) => void; file?: Blob }

async function ask(method: string, path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { 'Accept-Language': options.language ?? words.language };
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf;
  if (purpose) headers['X-Purpose'] = purpose;
  if (options.key) headers['Idempotency-Key'] = options.key;
  if (options.seen) headers['If-Match'] = options.seen.map((head) => `"${head}"`).join(', ');
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.file) headers['Content-Type'] = options.file.type || 'application/octet-stream';
  const body = options.file ?? (options.body !== undefined ? JSON.stringify(options.body) : undefined);
  try {
    const response = await fetch('/api/v1' + path, { method, headers, body, credentials: 'same-origin', cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(wait_ms + (options.file?.size ?? 0)) });  // a file at a kilobyte a second, if it must
    line.heard();
    return response;
  } catch {
    line.lost();
    throw new NoLine();
  }
}

export async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const response = await ask(method, path, options);
  let answer: unknown = null;
  if (response.status !== 204) {
    try {
      answer = await response.json();
    } catch {
      // An answer that breaks off is none.
      line.lost();
      throw new NoLine();
    }
  }
  if (response.ok) {
    const receipt = response.headers.get('Sanjal-Receipt');
    if (receipt) options.receipt?.(receipt);
    return answer as T;
  }
  if (response.status === 401 && !options.signed_out) ended();
  throw problem_of(response.status, answer);
}

export const get = <T>(path: string, language?: string): Promise<T> => call<T>('GET', path, { language });
export const post = <T>(path: string, body: unknown, key?: string): Promise<T> => call<T>('POST', path, { body, key });

// A paper to be printed, as bytes.
export async function paper(path: string): Promise<Blob> {
  const response = await ask('GET', path, {});
  if (response.ok) return response.blob();
  const answer: unknown = await response.json().catch(() => null);
  if (response.status === 401) ended();
  throw problem_of(response.status, answer);
}

// A last DELETE that outlives the page; nobody waits for its answer.
export function tell_and_go(path: string): void {
  if (csrf) void fetch('/api/v1' + path, { method: 'DELETE', headers: { 'X-CSRF-Token': csrf }, credentials: 'same-origin', keepalive: true }).catch(() => {});
}
