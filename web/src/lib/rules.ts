// The rules themselves, the same program as in the node (src/rules as WebAssembly): one function, JSON in and JSON out
// (src/rules/call.h).  Where the client was built without it, there is none, and the node alone decides.

declare const __RULES__: string;  // its address; empty where it was not built

interface Program { memory: WebAssembly.Memory; sanjal_take(size: number): number; sanjal_give_back(at: number): void; sanjal_call(at: number, size: number): number; _initialize?(): void }
let there: Promise<Program> | undefined;

const nothing = (): number => 0;
async function load(): Promise<Program> {
  const bytes = await (await fetch(__RULES__)).arrayBuffer();
  const { instance } = await WebAssembly.instantiate(bytes, { wasi_snapshot_preview1: { fd_close: nothing, fd_fdstat_get: nothing, fd_seek: nothing, fd_write: nothing, proc_exit: nothing } });
  const program = instance.exports as unknown as Program;
  program._initialize?.();
  return program;
}

export const has_rules = (): boolean => __RULES__ !== '';

// Throws where it is not here and there is no line to fetch it.
export async function rules<T>(request: unknown): Promise<T> {
  there ??= load();
  let program: Program;
  try {
    program = await there;
  } catch (error) {
    there = undefined;
    throw error;
  }
  const given = new TextEncoder().encode(JSON.stringify(request));
  const at = program.sanjal_take(given.length || 1);
  new Uint8Array(program.memory.buffer).set(given, at);
  const answer = program.sanjal_call(at, given.length);
  const memory = new Uint8Array(program.memory.buffer);
  const text = new TextDecoder().decode(memory.subarray(answer, memory.indexOf(0, answer)));
  program.sanjal_give_back(at);
  program.sanjal_give_back(answer);
  return JSON.parse(text) as T;
}
