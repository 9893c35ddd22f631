import { Box, NavLink, ScrollArea, Text } from '@mantine/core';
import { Link, matchPath, useLocation } from 'react-router';
import { useText } from '../i18n/i18n.ts';
import { pages, type Page, type Section } from '../routes.tsx';

/** The pages by section; a page about one object marks its list. */
export function Navigation() {
  const text = useText();
  const { pathname } = useLocation();
  const sections = [...new Set(pages.map(({ section }) => section))];
  const isActive = (page: Page) =>
    matchPath(page.path, pathname) !== null || (page.path !== '/' && pathname.startsWith(`${page.path}/`));
  const shown = (section: Section) => pages.filter((page) => page.section === section && !page.detail);
  return (
    <ScrollArea type="auto">
      <nav aria-label={text('shell.navigation')}>
        {sections.map((section) => (
          <Box key={section} my={6}>
            {shown(section).length > 1 && (
              <Text size="xs" c="dimmed" fw={600} px="sm" pt={4}>
                {text(`section.${section}`)}
              </Text>
            )}
            {shown(section).map((page) => (
              <NavLink
                key={page.path}
                component={Link}
                to={page.path}
                label={text(page.title)}
                active={isActive(page)}
                aria-current={isActive(page) ? 'page' : undefined}
                py={3}
              />
            ))}
          </Box>
        ))}
      </nav>
    </ScrollArea>
  );
}
