import { createTheme, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useEffect } from 'react';
import { BrowserRouter } from 'react-router';
import { ApiError } from './api/errors.ts';
import { resume } from './api/session.ts';
import { usePreferences } from './kit/preferences.ts';
import { Frame } from './shell/frame.tsx';

const theme = createTheme({
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
  defaultRadius: 'sm',
  autoContrast: true,
  cursorType: 'pointer',
});

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      // What the server refuses once it refuses again; a service that is restarting answers soon.
      retry: (failures, error) => failures < 2 && (!(error instanceof ApiError) || error.status >= 502),
      retryDelay: 1000,
      placeholderData: (previous: unknown) => previous,
    },
  },
});

const nonce = document.querySelector('meta[name="csp-nonce"]')?.getAttribute('content') ?? '';

export function App() {
  const { colorScheme, language } = usePreferences();
  useEffect(() => void resume(), []);
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }, [language]);
  return (
    <MantineProvider
      theme={theme}
      getStyleNonce={() => nonce}
      {...(colorScheme === 'auto' ? { defaultColorScheme: 'auto' } : { forceColorScheme: colorScheme })}
    >
      <QueryClientProvider client={queryClient}>
        <BrowserRouter basename="/console">
          <Frame />
        </BrowserRouter>
      </QueryClientProvider>
    </MantineProvider>
  );
}
