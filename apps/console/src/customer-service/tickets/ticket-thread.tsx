import { Alert, Button, Group, Paper, Skeleton, Stack, Text, Textarea, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import { useText } from '../../i18n/i18n.ts';
import { useDraft } from '../../kit/draft.ts';
import { Problem } from '../../kit/problem.tsx';
import { Status } from '../../kit/status.tsx';
import { Time } from '../../kit/time.tsx';
import {
  customerServiceKey,
  readTicket,
  replyTicket,
  ticketQuery,
  ticketsOfQuery,
  type Ticket,
} from '../customer-service.api.ts';

interface TicketThreadProps {
  id: string;
  onSent: () => void;
}

/** One ticket, what was written in it, and the reply. */
export function TicketThread({ id, onSent }: TicketThreadProps) {
  const text = useText();
  const query = useQuery({ ...ticketQuery(id), placeholderData: undefined });
  if (query.isPending) return <Skeleton height={240} aria-label={text('page.tickets')} />;
  if (query.isError) return <Problem error={query.error} retry={() => void query.refetch()} />;
  const ticket = query.data;
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" wrap="nowrap" mb="xs">
        <Title order={2} size="h5">
          {ticket.title}
        </Title>
        <Status value={ticket.status} label={text(`tickets.${ticket.status}`)} />
      </Group>
      <Stack gap="xs">
        <Entry by={ticket.creator_email} at={ticket.created_at} content={ticket.content} />
        {ticket.comments.map(({ author_email, created_at, content }) => (
          <Entry key={`${created_at}${author_email}`} by={author_email} at={created_at} content={content} />
        ))}
        {ticket.feedback !== null && (
          <Entry by={ticket.responder_email ?? ''} at={ticket.replied_at} content={ticket.feedback} />
        )}
      </Stack>
      <Reply ticket={ticket} onSent={onSent} />
      <OtherTickets ticket={ticket} />
    </Paper>
  );
}

function Entry({ by, at, content }: { by: string; at: string | null; content: string }) {
  return (
    <Paper bg="var(--mantine-color-default-hover)" p="xs">
      <Group gap="xs">
        <Text size="xs" fw={600}>
          {by}
        </Text>
        <Text size="xs" c="dimmed" component="div">
          <Time at={at} />
        </Text>
      </Group>
      <Text size="sm" className="prose">
        {content}
      </Text>
    </Paper>
  );
}

/** What an answer depends on: a comment or another operator's reply changes it. */
const versionOf = (ticket: Ticket) =>
  JSON.stringify([ticket.updated_at, ticket.replied_at, ticket.comments.length]);

function Reply({ ticket, onSent }: { ticket: Ticket; onSent: () => void }) {
  const text = useText();
  const client = useQueryClient();
  const field = useRef<HTMLTextAreaElement>(null);
  const [reply, setReply, forget] = useDraft(`ticket:${ticket.id}`, '');
  const [seen, setSeen] = useState(versionOf(ticket));
  const [changed, setChanged] = useState(false);
  const [error, setError] = useState<unknown>();
  const [sending, setSending] = useState(false);

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const isTyped = (event.target as Element).closest('input, textarea, [role="dialog"]') !== null;
      if (event.key !== 'r' || isTyped || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      field.current?.focus();
    };
    document.addEventListener('keydown', focus, { capture: true });
    return () => document.removeEventListener('keydown', focus, { capture: true });
  }, []);

  const send = async () => {
    if (reply.trim() === '' || sending) return;
    setSending(true);
    setError(undefined);
    try {
      // Another operator may have answered since this ticket was opened.
      const now = await readTicket(ticket.id);
      if (versionOf(now) !== seen) {
        client.setQueryData(ticketQuery(ticket.id).queryKey, now);
        setSeen(versionOf(now));
        setChanged(true);
        return;
      }
      await replyTicket(ticket.id, reply);
      forget();
      await client.invalidateQueries({ queryKey: customerServiceKey });
      onSent();
    } catch (refusal) {
      setError(refusal);
    } finally {
      setSending(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {changed && (
        <Alert color="yellow" mt="xs" role="alert">
          {text('tickets.changed')}
        </Alert>
      )}
      <Textarea
        ref={field}
        mt="sm"
        label={text('tickets.reply')}
        autosize
        minRows={4}
        maxRows={14}
        maxLength={20_000}
        value={reply}
        onChange={(event) => setReply(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.ctrlKey && event.key === 'Enter') void send();
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      {error !== undefined && <Problem error={error} />}
      <Group justify="flex-end" mt="xs">
        <Button type="submit" loading={sending} disabled={reply.trim() === ''}>
          {text('tickets.send')}
        </Button>
      </Group>
    </form>
  );
}

function OtherTickets({ ticket }: { ticket: Ticket }) {
  const text = useText();
  const { data } = useQuery(ticketsOfQuery(ticket.creator_email));
  const others = data?.rows.filter(({ id }) => id !== ticket.id) ?? [];
  if (others.length === 0) return null;
  return (
    <Stack gap={2} mt="sm">
      <Text size="xs" fw={600}>
        {text('tickets.others', { email: ticket.creator_email })}
      </Text>
      {others.map(({ id, title }) => (
        <Link key={id} to={`/customer-service/tickets/${id}`} className="link">
          {title}
        </Link>
      ))}
    </Stack>
  );
}
