/** How a hold ends. */
export type Settlement = 'release' | 'capture';

/** Why money moved. */
export type EntryType = 'recharge' | 'voucher' | 'grant' | 'hold' | Settlement;

export const holdName = (lease: string) => `${lease}:hold`;
export const settlementName = (type: Settlement, lease: string) => `${lease}:${type}`;

/** A move of money, as the user carries it until it is in the ledger. In 分, always above 0. */
export interface Entry {
  /** Names the move: one that is written again is the same. */
  transaction: string;
  type: EntryType;
  amount: number;
  lease?: string;
  reason?: string;
  at: Date;
}

/** The accounts of the ledger: two of each user, and those that the money comes from and goes to. */
export type Account = 'balance' | 'frozen' | 'deposits' | 'vouchers' | 'grants' | 'revenue';

/** From where to where a move goes. */
export const moves: Record<EntryType, { from: Account; to: Account }> = {
  recharge: { from: 'deposits', to: 'balance' },
  voucher: { from: 'vouchers', to: 'balance' },
  grant: { from: 'grants', to: 'balance' },
  hold: { from: 'balance', to: 'frozen' },
  release: { from: 'frozen', to: 'balance' },
  capture: { from: 'frozen', to: 'revenue' },
};

const isUsers = (account: Account) => account === 'balance' || account === 'frozen';

/** One side of a move, as the ledger stores it. */
export interface Posting extends Omit<Entry, 'amount' | 'transaction'> {
  /** `<time>:<transaction>:<side>`: the ledger sorts by it. */
  _id: string;
  transaction: string;
  account: Account;
  /** Whose account it is; null for those of the operator. */
  userId: number | null;
  username: string | null;
  /** Signed. The two sides of a move sum to zero. */
  amount: number;
}

/** The two sides of a move (double entry). */
export function postingsOf(entry: Entry, user: { _id: number; username: string }): Posting[] {
  const { amount, ...rest } = entry;
  const { from, to } = moves[entry.type];
  const side = (account: Account, signed: number, number: number): Posting => ({
    ...rest,
    _id: `${timeName(entry.at)}:${entry.transaction}:${number}`,
    account,
    userId: isUsers(account) ? user._id : null,
    username: isUsers(account) ? user.username : null,
    amount: signed,
  });
  return [side(from, -amount, 1), side(to, amount, 2)];
}

/** Milliseconds in letters that sort as the time does. */
const timeName = (at: Date) => at.getTime().toString(36).padStart(9, '0');
