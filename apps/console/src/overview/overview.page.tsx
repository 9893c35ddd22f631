import { Anchor, Card, SimpleGrid, Stack, Title } from '@mantine/core';
import { Link } from 'react-router';
import { useText } from '../i18n/i18n.ts';
import { pages } from '../routes.tsx';

/** A card for each service with its pages. */
export default function OverviewPage() {
  const text = useText();
  const listed = pages.filter(
    ({ detail, section }) => !detail && section !== 'overview' && section !== 'settings',
  );
  const sections = [...new Set(listed.map(({ section }) => section))];
  return (
    <>
      <Title order={1} size="h4" mb="sm">
        {text('page.overview')}
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }}>
        {sections.map((section) => (
          <Card key={section} withBorder padding="sm">
            <Title order={2} size="h6" mb={6}>
              {text(`section.${section}`)}
            </Title>
            <Stack gap={2}>
              {listed
                .filter((page) => page.section === section)
                .map(({ path, title }) => (
                  <Anchor key={path} component={Link} to={path} size="sm">
                    {text(title)}
                  </Anchor>
                ))}
            </Stack>
          </Card>
        ))}
      </SimpleGrid>
    </>
  );
}
