import { NativeSelect, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useText } from '../i18n/i18n.ts';
import { setPreferences, usePreferences, type Preferences } from '../kit/preferences.ts';
import { pages } from '../routes.tsx';

export default function SettingsPage() {
  const text = useText();
  const { colorScheme, language, startPage } = usePreferences();
  return (
    <Stack gap="md" maw={420}>
      <Title order={1} size="h4">
        {text('page.settings')}
      </Title>
      <div>
        <Text size="sm" fw={500} id="scheme">
          {text('settings.scheme')}
        </Text>
        <SegmentedControl
          aria-labelledby="scheme"
          value={colorScheme}
          onChange={(value) => setPreferences({ colorScheme: value })}
          data={[
            { value: 'light', label: text('settings.light') },
            { value: 'dark', label: text('settings.dark') },
            { value: 'auto', label: text('settings.auto') },
          ]}
        />
      </div>
      <NativeSelect
        label={text('settings.language')}
        value={language}
        onChange={(event) =>
          setPreferences({ language: event.currentTarget.value as Preferences['language'] })
        }
        data={[
          { value: 'en', label: 'English' },
          { value: 'zh', label: '中文' },
        ]}
      />
      <NativeSelect
        label={text('settings.startPage')}
        value={startPage}
        onChange={(event) => setPreferences({ startPage: event.currentTarget.value })}
        data={pages
          .filter((page) => !page.detail)
          .map((page) => ({ value: page.path, label: text(page.title) }))}
      />
    </Stack>
  );
}
