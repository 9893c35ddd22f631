import { Long } from 'bson';
import { encode } from '../bson.ts';

const indexNames: Buffer[] = [];

function indexName(i: number): Buffer {
  return (indexNames[i] ??= Buffer.from(`${i}\0`, 'latin1'));
}

/** Assembles a cursor reply around documents that are BSON already. */
export function cursorReply(
  part: 'firstBatch' | 'nextBatch',
  documents: readonly Buffer[],
  id: number,
  ns: string,
): Buffer {
  const rest = encode({ id: Long.fromNumber(id), ns });
  const name = Buffer.from(`\x04${part}\0`, 'latin1');
  let arrayLength = 5;
  documents.forEach((document, i) => (arrayLength += 1 + indexName(i).length + document.length));
  const cursorLength = 4 + name.length + arrayLength + (rest.length - 5) + 1;
  const cursorName = Buffer.from('\x03cursor\0', 'latin1');
  const ok = Buffer.from('\x01ok\0\0\0\0\0\0\0\xf0\x3f', 'latin1');
  const total = 4 + cursorName.length + cursorLength + ok.length + 1;
  const out = Buffer.allocUnsafe(total);
  let pos = out.writeInt32LE(total, 0);
  pos += cursorName.copy(out, pos);
  pos = out.writeInt32LE(cursorLength, pos);
  pos += name.copy(out, pos);
  pos = out.writeInt32LE(arrayLength, pos);
  for (let i = 0; i < documents.length; i++) {
    out[pos++] = 3;
    pos += indexName(i).copy(out, pos);
    pos += documents[i]?.copy(out, pos) ?? 0;
  }
  out[pos++] = 0;
  pos += rest.copy(out, pos, 4, rest.length - 1);
  out[pos++] = 0;
  pos += ok.copy(out, pos);
  out[pos] = 0;
  return out;
}
