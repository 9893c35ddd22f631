import { Anchor, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import { useText } from '../i18n/i18n.ts';

export function NotFound() {
  const text = useText();
  return (
    <Stack align="center" mt="xl" gap="xs">
      <Title order={2}>{text('notFound.title')}</Title>
      <Text size="sm">{text('notFound.text')}</Text>
      <Anchor component={Link} to="/">
        {text('page.overview')}
      </Anchor>
    </Stack>
  );
}
