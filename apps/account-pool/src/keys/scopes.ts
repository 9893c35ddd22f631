/** What a key may be used for (contract: account-pool, authentication). */
export const scopes = ['acquire', 'update', 'upload', 'list', 'export', 'admin'] as const;

export type Scope = (typeof scopes)[number];

/** A key that is bound to this opens the accounts of all owners. */
export const everyOwner = '*';
