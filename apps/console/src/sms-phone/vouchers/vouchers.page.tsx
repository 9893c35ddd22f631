import { Alert, Button, Code, Group, Stack, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { CopyButton } from '../../kit/copy-button.tsx';
import { download } from '../../kit/download.ts';
import { Problem } from '../../kit/problem.tsx';
import { makeVouchers } from '../sms-phone.api.ts';

export default function VouchersPage() {
  const text = useText();
  const [amount, setAmount] = useState('');
  const [count, setCount] = useState('1');
  const [codes, setCodes] = useState<string[]>([]);
  const [error, setError] = useState<unknown>();
  const [running, setRunning] = useState(false);
  const make = async () => {
    setRunning(true);
    setError(undefined);
    try {
      setCodes((await makeVouchers(amount, count)).codes);
    } catch (refusal) {
      setError(refusal);
    } finally {
      setRunning(false);
    }
  };
  return (
    <Stack gap="sm" maw={560}>
      <Title order={1} size="h4">
        {text('page.vouchers')}
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <Group align="end">
          <TextInput
            label={text('sms.amount')}
            inputMode="decimal"
            required
            value={amount}
            onChange={(event) => setAmount(event.currentTarget.value)}
          />
          <TextInput
            label={text('vouchers.count')}
            inputMode="numeric"
            required
            value={count}
            onChange={(event) => setCount(event.currentTarget.value)}
          />
          {/* Vouchers that have not been kept would be lost by making others. */}
          <Button type="submit" loading={running} disabled={codes.length > 0}>
            {text('vouchers.make')}
          </Button>
        </Group>
      </form>
      {error !== undefined && <Problem error={error} />}
      {codes.length > 0 && (
        <Alert title={text('vouchers.once')} color="yellow">
          <Code block className="secret">
            {codes.join('\n')}
          </Code>
          <Group gap="xs" mt="xs">
            <CopyButton value={codes.join('\n')} label={text('action.copy')} />
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => download('vouchers.csv', `code\n${codes.join('\n')}\n`, 'text/csv')}
            >
              CSV
            </Button>
            <Button size="compact-xs" onClick={() => setCodes([])}>
              {text('action.kept')}
            </Button>
          </Group>
        </Alert>
      )}
    </Stack>
  );
}
