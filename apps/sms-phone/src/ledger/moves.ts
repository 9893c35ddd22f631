/** How a hold ends: `release` gives the money back, `capture` keeps it. */
export type Settlement = 'release' | 'capture';

/** Why money moved. */
export type MoveType = 'recharge' | 'voucher' | 'grant' | 'hold' | Settlement;

/** Money that goes from one account to another. In 分, always above 0. */
export interface Move {
  type: MoveType;
  /** Names the move in the ledger. */
  transaction: string;
  user: { _id: number; username: string };
  amount: number;
  lease?: string;
  reason?: string;
  /** Names what may be asked for again: the ledger takes one move of that name. */
  key?: string;
}

/** The accounts of the ledger: two of each user, and those that the money comes from and goes to. */
export type Account = 'balance' | 'frozen' | 'deposits' | 'vouchers' | 'grants' | 'revenue';

const accounts: Record<MoveType, { from: Account; to: Account }> = {
  recharge: { from: 'deposits', to: 'balance' },
  voucher: { from: 'vouchers', to: 'balance' },
  grant: { from: 'grants', to: 'balance' },
  hold: { from: 'balance', to: 'frozen' },
  release: { from: 'frozen', to: 'balance' },
  capture: { from: 'frozen', to: 'revenue' },
};

/** One side of a move, as the ledger stores it. */
export interface Posting extends Omit<Move, 'user'> {
  /** `<time>:<transaction>:<side>`: the ledger sorts by it. */
  _id: string;
  account: Account;
  /** The owner of the account; null for those of the operator. */
  userId: number | null;
  username: string | null;
  /** Signed. The two sides of a move sum to zero. */
  amount: number;
  at: Date;
}

/** The two sides of a move (double entry). */
export function postingsOf({ user, amount, key, ...rest }: Move, at: Date): Posting[] {
  // Milliseconds in letters that sort as the time does.
  const time = at.getTime().toString(36).padStart(9, '0');
  const { from, to } = accounts[rest.type];
  const side = (account: Account, signed: number, number: number): Posting => {
    const isUsers = account === 'balance' || account === 'frozen';
    return {
      ...rest,
      _id: `${time}:${rest.transaction}:${number}`,
      account,
      userId: isUsers ? user._id : null,
      username: isUsers ? user.username : null,
      amount: signed,
      at,
    };
  };
  return [{ ...side(from, -amount, 1), ...(key !== undefined && { key }) }, side(to, amount, 2)];
}

/** What a user has, or by how much that changes. In 分. */
export interface Money {
  /** What may be spent. */
  balance: number;
  /** What is held for leases. */
  frozen: number;
}

/** What postings change in the wallets of users: a wallet is the sum of its postings, and nothing else changes it. */
export function walletChanges(postings: readonly Posting[]): Map<number, Money> {
  const changes = new Map<number, Money>();
  for (const { userId, account, amount } of postings) {
    if (userId === null || (account !== 'balance' && account !== 'frozen')) continue;
    const change = changes.get(userId) ?? { balance: 0, frozen: 0 };
    change[account] += amount;
    changes.set(userId, change);
  }
  return changes;
}
