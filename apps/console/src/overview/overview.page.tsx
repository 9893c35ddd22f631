import { Title } from '@mantine/core';
import { useText } from '../i18n/i18n.ts';

export default function OverviewPage() {
  const text = useText();
  return (
    <Title order={1} size="h4">
      {text('page.overview')}
    </Title>
  );
}
