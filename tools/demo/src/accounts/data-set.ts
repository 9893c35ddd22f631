/** One account of the demonstration, as a row of its CSV file. */
export interface AccountRow {
  ownerId: string;
  platform: string;
  customId: string;
  data: string;
  status: string;
}

export const size = 10_000;
/** Some have many accounts, some few. */
const owners = ['studio-north', 'studio-south', 'qa-lab', 'growth', '运营一部', 'archive'];
const platforms = ['forum', 'video', 'shop', 'mail', 'games'];
const words = ['amber', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'harbor', '星河', '晨光'];
const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789#,;"';

/** The same accounts every time: the numbers are drawn from a seed. */
export function accountRows(count = size): AccountRow[] {
  const random = randomFrom(20_240_101);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  /** The first ones most often. */
  const lean = <T>(items: readonly T[]): T => items[Math.floor(random() ** 2 * items.length)] as T;
  return Array.from({ length: count }, (_, index) => {
    const platform = pick(platforms);
    const username = `${pick(words)}-${pick(words)}-${index}`;
    const password = Array.from({ length: 14 }, () => pick([...letters])).join('');
    return {
      ownerId: lean(owners),
      platform,
      customId: `${platform}-${String(index + 1).padStart(5, '0')}`,
      data: JSON.stringify({ username, password, region: pick(['cn-north', 'cn-south', 'eu', 'us']) }),
      // A few must not be handed out.
      status: random() < 0.03 ? 'disabled' : 'available',
    };
  });
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
