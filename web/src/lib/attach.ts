// A photo, a paper or a voice note on its way to a record.  A photo is drawn anew and made small: the place where it was taken, and
// by which phone, are not in it any more.  Its bytes lie sealed with the rest until the node has signed for them.
//
// It comes with the first file that is attached.

import { call } from './api.ts';
import { base64url, bytes_of, sha256 } from './bytes.ts';

export type Sort = 'photo' | 'paper' | 'voice' | 'video';
// `data`: the bytes in base64.  `sha256`: of the bytes, in base64url, as the entry will name them.
export interface Attached { media: string; data: string; sha256: string; size: number }

export const bytes_max = 10_000_000;
const side_max = 2200;

export const sort_of = (media: string): Sort => (media.startsWith('image/') ? 'photo' : media.startsWith('audio/') ? 'voice' : media.startsWith('video/') ? 'video' : 'paper');
export const blob_of = (file: Attached): Blob => new Blob([bytes_of(file.data)], { type: file.media });
// For people to compare: the first eight bytes, in groups of four digits.
export const fingerprint = (digest: string): string => Array.from(bytes_of(digest).slice(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('').replace(/(.{4})(?=.)/g, '$1 ');

export async function attached(blob: Blob): Promise<Attached> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const data = await new Promise<string>((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done((reader.result as string).slice((reader.result as string).indexOf(',') + 1));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
  return { media: blob.type.split(';')[0], data, sha256: base64url(await sha256(bytes)), size: bytes.length };
}

const drawn = (canvas: HTMLCanvasElement, media: string): Promise<Blob | null> => new Promise((done) => { canvas.toBlob(done, media, 0.85); });

async function photo(blob: Blob): Promise<Blob | undefined> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(blob, { imageOrientation: 'from-image' });
  } catch {
    return undefined;
  }
  const by = Math.min(1, side_max / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * by));
  canvas.height = Math.max(1, Math.round(picture.height * by));
  const pen = canvas.getContext('2d')!;
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return (await drawn(canvas, 'image/jpeg')) ?? undefined;
}

export async function of_drawing(canvas: HTMLCanvasElement): Promise<Attached> { return attached((await drawn(canvas, 'image/png'))!); }

export async function of_file(file: Blob): Promise<Attached | 'too_large' | 'unreadable'> {
  if (file.type.startsWith('image/')) {
    const made = await photo(file);
    return made ? attached(made) : 'unreadable';
  }
  if (file.type !== 'application/pdf' && !file.type.startsWith('audio/')) return 'unreadable';
  return file.size > bytes_max ? 'too_large' : attached(file);
}

export const send_file = (path: string, file: Attached, key: string, receipt: (compact: string) => void): Promise<unknown> => call('POST', path, { file: blob_of(file), key, receipt });
