import { afterAll, expect, test } from 'vitest';
import { openStore } from '../storage/store.ts';
import type { KeyRange, Table } from '../storage/table.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { Overlay } from './overlay.ts';

const directory = temporaryDirectory();
const store = openStore(directory.path);

afterAll(async () => {
  await store.close();
  directory.remove();
});

/** The same numbers on every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

const key = (n: number) => Buffer.from([Math.floor(n / 8), 200 + (n % 8)]);

function ranges(pick: (below: number) => number): KeyRange[] {
  const [a, b] = [pick(300), pick(300)].sort((x, y) => x - y) as [number, number];
  const forward = { start: key(a), end: key(b) };
  const backward = { start: key(b), end: key(a), reverse: true };
  return [
    forward,
    { ...forward, inclusiveEnd: true, exclusiveStart: true },
    { ...forward, limit: pick(9) + 1, offset: pick(5) },
    backward,
    { ...backward, exclusiveStart: true, inclusiveEnd: true, limit: pick(40) + 1 },
  ];
}

function read(table: Table, range: KeyRange) {
  return {
    entries: [...table.getRange({ ...range })].map((e) => [e.key.toString('hex'), e.value.toString()]),
    keys: [...table.getKeys({ ...range })].map((k) => k.toString('hex')),
    count: range.limit === undefined && !range.reverse ? table.getKeysCount({ ...range }) : 0,
  };
}

test('reads as the table does once the writes are applied, and leaves it alone until then', () => {
  for (let seed = 1; seed <= 25; seed++) {
    const pick = random(seed);
    store.transaction(() => {
      for (let i = 0; i < 120; i++) store.docs.putSync(key(pick(300)), Buffer.from(`old ${i}`));
      for (let i = 0; i < 40; i++) store.docs.removeSync(key(pick(300)));
    });
    const snapshot = store.snapshot();
    const overlay = new Overlay(store.docs, snapshot);
    for (let i = 0; i < 60; i++) {
      if (pick(3) === 0) overlay.removeSync(key(pick(300)));
      else overlay.putSync(key(pick(300)), Buffer.from(`new ${i}`));
    }
    const wanted = Array.from({ length: 20 }, () => ranges(pick)).flat();
    const points = Array.from({ length: 300 }, (_, n) => key(n));
    const seen = wanted.map((range) => read(overlay, range));
    const seenPoints = points.map((point) => overlay.get(point)?.toString());
    store.transaction(() => {
      expect(overlay.isUnchanged()).toBe(true);
      overlay.apply();
    });
    snapshot.done();
    expect(seen).toEqual(wanted.map((range) => read(store.docs, range)));
    expect(seenPoints).toEqual(points.map((point) => store.docs.get(point)?.toString()));
  }
});

test('a key that was changed, added or removed since the snapshot is seen at the commit', () => {
  const [changed, added, removed] = [key(1), key(2), key(3)];
  for (const interfere of [
    () => store.docs.putSync(changed, Buffer.from('theirs')),
    () => store.docs.putSync(added, Buffer.from('theirs')),
    () => store.docs.removeSync(removed),
  ]) {
    store.transaction(() => {
      store.docs.putSync(changed, Buffer.from('old'));
      store.docs.removeSync(added);
      store.docs.putSync(removed, Buffer.from('old'));
    });
    const snapshot = store.snapshot();
    const overlay = new Overlay(store.docs, snapshot);
    for (const at of [changed, added, removed]) overlay.putSync(at, Buffer.from('mine'));
    store.transaction(() => expect(overlay.isUnchanged()).toBe(true));
    store.transaction(interfere);
    store.transaction(() => expect(overlay.isUnchanged()).toBe(false));
    snapshot.done();
  }
});
