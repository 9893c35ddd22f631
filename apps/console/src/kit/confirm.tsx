import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { formatNumber, useText } from '../i18n/i18n.ts';
import { Problem } from './problem.tsx';

/** Above this many rows the number is typed. */
const typeAbove = 100;

interface ConfirmProps {
  title: string;
  children: ReactNode;
  /** What the button says, naming the action. */
  action: string;
  /** Rows that the action touches. */
  count?: number;
  destructive?: boolean;
  disabled?: boolean;
  run: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before an action, names what it touches, and stays open with the reason when the server refuses. */
export function Confirm({
  title,
  children,
  action,
  count = 1,
  destructive,
  disabled,
  run,
  onClose,
}: ConfirmProps) {
  const text = useText();
  const [typed, setTyped] = useState('');
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<unknown>();
  const mustType = count > typeAbove;
  const start = async () => {
    setRunning(true);
    setError(undefined);
    try {
      await run();
      onClose();
    } catch (refusal) {
      setError(refusal);
    } finally {
      setRunning(false);
    }
  };
  return (
    <Modal opened onClose={() => !running && onClose()} title={title} size="md">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <Stack gap="sm">
          {children}
          {mustType && (
            <TextInput
              label={text('confirm.type', { count: formatNumber(count) })}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value.replace(/\D/g, ''))}
              inputMode="numeric"
              data-autofocus
            />
          )}
          {error !== undefined && <Problem error={error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose} disabled={running}>
              {text('action.cancel')}
            </Button>
            <Button
              type="submit"
              {...(destructive && { color: 'red' })}
              loading={running}
              disabled={disabled || (mustType && typed !== String(count))}
              {...(!mustType && { 'data-autofocus': true })}
            >
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

export function ConfirmText({ children }: { children: ReactNode }) {
  return <Text size="sm">{children}</Text>;
}
