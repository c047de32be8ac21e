import { text } from 'node:stream/consumers';
import { getHeapSnapshot } from 'node:v8';

/** What a heap consists of, in megabytes. */
export interface HeapParts {
  /** What the program made and still holds: objects, lists, texts, numbers, closures. */
  readonly data: number;
  /** What the engine made of the program: compiled functions and what it learns about them. It continues for hours. */
  readonly code: number;
}

const CODE = new Set(['code', 'hidden', 'object shape']);

interface Snapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: readonly string[]; readonly node_types: [string[]] } };
  readonly nodes: readonly number[];
}

/** Reads a heap snapshot, which begins with a collection. */
export async function heapParts(): Promise<HeapParts> {
  const { snapshot, nodes } = JSON.parse(await text(getHeapSnapshot())) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  const parts = { data: 0, code: 0 };
  for (let node = 0; node < nodes.length; node += fields.length) {
    const kind = types[0][nodes[node + type] ?? 0] ?? '';
    parts[CODE.has(kind) ? 'code' : 'data'] += (nodes[node + size] ?? 0) / 1e6;
  }
  return parts;
}
