import { Alert, Button, Code, Group, List, Text } from '@mantine/core';
import { ApiError } from '../api/errors.ts';
import { useText } from '../i18n/i18n.ts';
import { CopyButton } from './copy-button.tsx';

interface ProblemProps {
  error: unknown;
  retry?: (() => void) | undefined;
}

/** A failure with what the service said, the fields at fault, the request id for the log, and a retry. */
export function Problem({ error, retry }: ProblemProps) {
  const text = useText();
  const known = error instanceof ApiError ? error : undefined;
  const title =
    known?.status === 403
      ? text('problem.forbidden')
      : known && known.status >= 500
        ? text('problem.unavailable')
        : known
          ? text('problem.refused')
          : text('problem.network');
  return (
    <Alert color="red" title={title} role="alert" my="xs">
      <Text size="sm">{error instanceof Error ? error.message : String(error)}</Text>
      {known && known.fields.length > 0 && (
        <List size="sm" mt={4}>
          {known.fields.slice(0, 20).map(({ field, message }) => (
            <List.Item key={field}>
              <Code>{field}</Code> {message}
            </List.Item>
          ))}
        </List>
      )}
      <Group gap="xs" mt={6}>
        {retry && (
          <Button size="compact-xs" variant="light" color="red" onClick={retry}>
            {text('action.retry')}
          </Button>
        )}
        {known?.requestId && (
          <>
            <Text size="xs" c="dimmed">
              {text('problem.request')} <Code>{known.requestId}</Code>
            </Text>
            <CopyButton value={known.requestId} label={text('action.copy')} />
          </>
        )}
      </Group>
    </Alert>
  );
}
