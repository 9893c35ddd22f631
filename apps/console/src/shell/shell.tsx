import { ActionIcon, AppShell, Burger, Button, Center, Group, Kbd, Loader, Menu, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense, useEffect } from 'react';
import { matchPath, Navigate, Route, Routes, useLocation } from 'react-router';
import { signOut, type Operator } from '../api/session.ts';
import { useText } from '../i18n/i18n.ts';
import { setPreferences, usePreferences } from '../kit/preferences.ts';
import { pages } from '../routes.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { useGoKeys } from './go-keys.ts';
import { Navigation } from './navigation.tsx';
import { NotFound } from './not-found.tsx';
import { Palette } from './palette.tsx';

/** What stands around every page: header, navigation, palette. */
export function Shell({ operator }: { operator: Operator }) {
  const text = useText();
  const [navigationShown, navigation] = useDisclosure(false);
  const [paletteShown, palette] = useDisclosure(false);
  const { pathname } = useLocation();
  useGoKeys(palette.open);
  useEffect(() => navigation.close(), [pathname, navigation]);
  const page = pages.find(({ path }) => matchPath(path, pathname));
  useEffect(() => {
    document.title = page ? `${text(page.title)} · Portico` : 'Portico';
  });
  return (
    <AppShell
      header={{ height: 44 }}
      navbar={{ width: 200, breakpoint: 'sm', collapsed: { mobile: !navigationShown } }}
      padding="sm"
      transitionDuration={0}
    >
      <AppShell.Header>
        <Group h="100%" px="sm" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger
              size="sm"
              hiddenFrom="sm"
              opened={navigationShown}
              onClick={navigation.toggle}
              aria-label={text('shell.navigation')}
            />
            <Text fw={700}>Portico</Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Button
              size="compact-sm"
              variant="default"
              onClick={palette.open}
              rightSection={<Kbd size="xs">Ctrl K</Kbd>}
            >
              {text('shell.goTo')}
            </Button>
            <LanguageButton />
            <OperatorMenu operator={operator} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar>
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main>
        <ErrorBoundary key={pathname}>
          <Suspense
            fallback={
              <Center h={200}>
                <Loader size="sm" />
              </Center>
            }
          >
            <Routes>
              {pages.map(({ path, component: Component }) => (
                <Route key={path} path={path} element={<Component />} />
              ))}
              <Route path="/sign-in" element={<AfterSignIn />} />
              <Route path="*" element={<NotFound />} />
            </Routes>
          </Suspense>
        </ErrorBoundary>
      </AppShell.Main>
      {paletteShown && <Palette onClose={palette.close} />}
    </AppShell>
  );
}

/** Back to the page that asked for the sign-in; another site is never a target. */
function AfterSignIn() {
  const { startPage } = usePreferences();
  const to = new URLSearchParams(useLocation().search).get('to') ?? startPage;
  return <Navigate replace to={/^\/(?![/\\])/.test(to) ? to : '/'} />;
}

function LanguageButton() {
  const { language } = usePreferences();
  return (
    <Button
      size="compact-sm"
      variant="default"
      lang={language === 'zh' ? 'en' : 'zh-CN'}
      onClick={() => setPreferences({ language: language === 'zh' ? 'en' : 'zh' })}
    >
      {language === 'zh' ? 'English' : '中文'}
    </Button>
  );
}

function OperatorMenu({ operator }: { operator: Operator }) {
  const text = useText();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" aria-label={text('shell.account', { email: operator.email })}>
          {operator.email.slice(0, 1).toUpperCase()}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{operator.email}</Menu.Label>
        <Menu.Item onClick={() => void signOut()}>{text('shell.signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
