import { Center, Loader } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { Navigate, Route, Routes, useLocation } from 'react-router';
import { useSession } from '../api/session.ts';
import { SignInDialog, SignInPage } from '../sign-in/sign-in.page.tsx';

// The sign-in appears before the rest is loaded.
const Shell = lazy(() => import('./shell.tsx').then(({ Shell: component }) => ({ default: component })));

const waiting = (
  <Center h="100dvh">
    <Loader aria-label="Portico" />
  </Center>
);

/** The sign-in, or the shell with a page; an expired session asks for the password over the page. */
export function Frame() {
  const session = useSession();
  const { pathname, search } = useLocation();
  if (session.status === 'unknown') return waiting;
  if (session.status === 'signed-out')
    return (
      <Routes>
        <Route path="/sign-in" element={<SignInPage />} />
        <Route
          path="*"
          element={
            <Navigate replace to={`/sign-in?${new URLSearchParams({ to: pathname + search }).toString()}`} />
          }
        />
      </Routes>
    );
  return (
    <Suspense fallback={waiting}>
      <Shell operator={session.operator} />
      {session.status === 'expired' && <SignInDialog operator={session.operator} />}
    </Suspense>
  );
}
