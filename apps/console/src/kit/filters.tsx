import { CloseButton, Group, MultiSelect, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState, type ReactNode } from 'react';
import { useText } from '../i18n/i18n.ts';

/** The row of filters above a list. */
export function Filters({ children }: { children: ReactNode }) {
  return (
    <Group gap="xs" mb={6} wrap="wrap" role="search">
      {children}
    </Group>
  );
}

interface TextFilterProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  /** The field that `/` goes to. */
  main?: boolean;
  width?: number;
}

/** A typed filter, applied a moment after the last key. */
export function TextFilter({ label, value, onChange, main, width = 180 }: TextFilterProps) {
  const text = useText();
  const [field, setField] = useState({ applied: value, typed: value ?? '' });
  // The address changed otherwise, by the back button for example.
  if (field.applied !== value) setField({ applied: value, typed: value ?? '' });
  const { typed } = field;
  const setTyped = (next: string) => setField((now) => ({ ...now, typed: next }));
  const apply = useDebouncedCallback((next: string) => onChange(next || undefined), 300);
  return (
    <TextInput
      size="xs"
      w={width}
      aria-label={label}
      placeholder={label}
      value={typed}
      {...(main && { 'data-list-search': true })}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        apply(event.currentTarget.value.trim());
      }}
      onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      rightSection={
        typed && (
          <CloseButton
            size="xs"
            aria-label={text('list.clearFilter', { name: label })}
            onClick={() => {
              setTyped('');
              onChange(undefined);
            }}
          />
        )
      }
    />
  );
}

interface Choice {
  value: string;
  label: string;
}

interface ChoiceFilterProps {
  label: string;
  choices: readonly Choice[];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

export function ChoiceFilter({ label, choices, value, onChange }: ChoiceFilterProps) {
  return (
    <Select
      size="xs"
      w={160}
      aria-label={label}
      placeholder={label}
      clearable
      data={[...choices]}
      value={value ?? null}
      onChange={(next) => onChange(next ?? undefined)}
    />
  );
}

interface ManyFilterProps {
  label: string;
  choices: readonly string[];
  value: readonly string[];
  onChange: (value: string[]) => void;
}

export function ManyFilter({ label, choices, value, onChange }: ManyFilterProps) {
  return (
    <MultiSelect
      size="xs"
      miw={160}
      aria-label={label}
      placeholder={value.length === 0 ? label : ''}
      clearable
      searchable
      data={[...new Set([...choices, ...value])]}
      value={[...value]}
      onChange={onChange}
    />
  );
}
