// What cannot be sent goes by hand: a file sealed to the node, and the node's answer to it.

import { call } from './api.ts';
import { outbox, type Sending } from './outbox.svelte.ts';

// What is not yet sent, sealed to the node, to be carried there; how many things stand in it, and how many cannot.  They stay in
// the queue until their receipts come, by the line or by `take_receipts`.
export async function unsent_file(): Promise<{ file?: Blob; count: number; left: number }> {
  const open = outbox.sendings.filter((one) => one.state !== 'taken');
  const items: string[][] = [];
  for (const item of open) if (await outbox.sign(item)) items.push((outbox.find(item.id) as Sending).entries!);
  return { file: items.length > 0 ? await (await import('./device.ts')).sealed_file(items) : undefined, count: items.length, left: open.length - items.length };
}

// The node's answer to a file: how many things of this person it has signed for.
export async function take_receipts(text: string): Promise<number> {
  let receipts: unknown;
  try {
    ({ receipts } = JSON.parse(text) as { receipts?: unknown });
  } catch {
    return 0;
  }
  let count = 0;
  for (const compact of Array.isArray(receipts) ? receipts : []) {
    if (typeof compact !== 'string') continue;
    for (const item of outbox.sendings.filter((one) => one.state !== 'taken' && one.entries)) {
      if (!(await outbox.holds(item, compact))) continue;
      await outbox.taken(item, item.records ?? {}, compact);
      count += 1;
    }
  }
  return count;
}

// A file that somebody brought from a phone: the answer goes back to it.
export const bring = (file: Blob): Promise<{ receipts: string[]; submissions: { state: string; detail?: string }[] }> => call('POST', '/entries/file', { file: file.slice(0, file.size, 'application/octet-stream') });
