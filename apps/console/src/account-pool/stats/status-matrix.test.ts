import { expect, it } from 'vitest';
import { statusMatrix } from './status-matrix.ts';

it('makes a row for each owner and platform', () => {
  const cell = (ownerId: string, platform: string, status: string, count: number) => ({
    ownerId,
    platform,
    status,
    count,
  });
  expect(
    statusMatrix([cell('b', 'p', 'used', 2), cell('a', 'p', 'used', 1), cell('a', 'p', 'available', 3)]),
  ).toEqual({
    statuses: ['available', 'used'],
    rows: [
      { ownerId: 'a', platform: 'p', counts: { used: 1, available: 3 } },
      { ownerId: 'b', platform: 'p', counts: { used: 2 } },
    ],
  });
});
