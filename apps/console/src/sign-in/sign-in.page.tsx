import { Button, Center, Modal, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { ApiError } from '../api/errors.ts';
import { signIn, signOut, type Operator } from '../api/session.ts';
import { useText } from '../i18n/i18n.ts';
import { Problem } from '../kit/problem.tsx';

export function SignInPage() {
  const text = useText();
  return (
    <Center h="100dvh" p="md" component="main">
      <Paper withBorder p="lg" w={360} shadow="sm">
        <Title order={1} size="h3" mb="md">
          {text('signIn.title')}
        </Title>
        <SignInForm />
      </Paper>
    </Center>
  );
}

/** Over the page, which keeps its state: what was typed below is still there after the sign-in. */
export function SignInDialog({ operator }: { operator: Operator }) {
  const text = useText();
  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={text('signIn.expired')}
      zIndex={1000}
    >
      <SignInForm email={operator.email} />
      <Button variant="subtle" size="compact-xs" mt="sm" onClick={() => void signOut()}>
        {text('shell.signOut')}
      </Button>
    </Modal>
  );
}

function SignInForm({ email: known }: { email?: string }) {
  const text = useText();
  const [email, setEmail] = useState(known ?? '');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>();
  const [running, setRunning] = useState(false);
  const [until, setUntil] = useState(0);
  const wait = useCountdown(until);
  const submit = async () => {
    setRunning(true);
    setError(undefined);
    try {
      await signIn(email.trim(), password);
    } catch (refusal) {
      setError(refusal);
      if (refusal instanceof ApiError && refusal.retryAfter !== undefined)
        setUntil(Date.now() + refusal.retryAfter * 1000);
      setRunning(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap="sm">
        <TextInput
          label={text('signIn.email')}
          type="email"
          autoComplete="username"
          required
          value={email}
          disabled={known !== undefined}
          onChange={(event) => setEmail(event.currentTarget.value)}
          {...(known === undefined && { 'data-autofocus': true, autoFocus: true })}
        />
        <PasswordInput
          label={text('signIn.password')}
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': text('signIn.show') }}
          {...(known !== undefined && { 'data-autofocus': true })}
        />
        {error !== undefined && <Refusal error={error} wait={wait} />}
        <Button type="submit" loading={running} disabled={wait > 0}>
          {text('signIn.submit')}
        </Button>
      </Stack>
    </form>
  );
}

function Refusal({ error, wait }: { error: unknown; wait: number }) {
  const text = useText();
  const line = (message: string) => (
    <Text size="sm" c="red" role="alert">
      {message}
    </Text>
  );
  if (error instanceof ApiError) {
    if (error.status === 401) return line(text('signIn.wrong'));
    if (error.status === 403) return line(text('signIn.customer'));
    if (error.status === 429 && wait > 0) return line(text('signIn.wait', { seconds: wait }));
    if (error.status === 429) return line(text('signIn.again'));
  }
  return <Problem error={error} />;
}

/** Whole seconds until a moment, 0 after it. */
function useCountdown(until: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.ceil((until - now) / 1000));
}
