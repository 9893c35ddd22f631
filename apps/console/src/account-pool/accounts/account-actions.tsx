import { TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { text as translate, useText, type TextKey } from '../../i18n/i18n.ts';
import { Confirm, ConfirmText } from '../../kit/confirm.tsx';
import { download } from '../../kit/download.ts';
import { accountsKey, deleteAccounts, exportAccounts, updateAccounts } from './accounts.api.ts';

type Field = 'status' | 'ownerId' | 'notes';
export type AccountAction = Field | 'release' | 'delete' | 'export-text' | 'export-csv' | 'export-json';

/** What can be done to selected accounts, beside exports. */
export const accountActions: readonly { name: AccountAction; title: TextKey }[] = [
  { name: 'status', title: 'accounts.setStatus' },
  { name: 'ownerId', title: 'accounts.setOwner' },
  { name: 'notes', title: 'accounts.setNotes' },
  { name: 'release', title: 'accounts.release' },
  { name: 'delete', title: 'action.delete' },
];

const formats = {
  'export-text': { mode: 'text', file: 'accounts.txt', type: 'text/plain' },
  'export-csv': { mode: 'csv', file: 'accounts.csv', type: 'text/csv' },
  'export-json': { mode: 'object', file: 'accounts.json', type: 'application/json' },
} as const;

const isExport = (action: AccountAction): action is keyof typeof formats => action in formats;
const isField = (action: AccountAction): action is Field => ['status', 'ownerId', 'notes'].includes(action);

async function run(action: AccountAction, ids: number[], value: string): Promise<void> {
  if (isExport(action)) {
    const { mode, file, type } = formats[action];
    const { data } = await exportAccounts(ids, mode);
    download(file, typeof data === 'string' ? data : JSON.stringify(data, null, 2), type);
  } else if (action === 'delete') await deleteAccounts(ids);
  else if (action === 'release') await updateAccounts(ids, { status: 'available' });
  else await updateAccounts(ids, { [action]: value });
}

function question(action: AccountAction): TextKey {
  if (isExport(action)) return 'accounts.export.warning';
  if (action === 'delete') return 'accounts.delete.warning';
  return action === 'release' ? 'accounts.release.warning' : 'accounts.change.warning';
}

function titleOf(action: AccountAction): string {
  const key = accountActions.find(({ name }) => name === action)?.title ?? 'accounts.export';
  return translate(key);
}

interface AccountActionDialogProps {
  action: AccountAction;
  ids: number[];
  onClose: () => void;
  onDone: () => void;
}

export function AccountActionDialog({ action, ids, onClose, onDone }: AccountActionDialogProps) {
  const text = useText();
  const client = useQueryClient();
  const [value, setValue] = useState('');
  const title = titleOf(action);
  return (
    <Confirm
      title={title}
      action={title}
      count={ids.length}
      destructive={action === 'delete' || isExport(action)}
      disabled={isField(action) && action !== 'notes' && value.trim() === ''}
      run={async () => {
        await run(action, ids, value.trim());
        await client.invalidateQueries({ queryKey: accountsKey });
        onDone();
      }}
      onClose={onClose}
    >
      <ConfirmText>{text(question(action), { count: ids.length })}</ConfirmText>
      {isField(action) && (
        <TextInput
          data-autofocus
          label={title}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
          maxLength={500}
        />
      )}
    </Confirm>
  );
}
