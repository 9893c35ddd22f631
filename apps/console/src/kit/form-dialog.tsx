import { Button, Group, Modal, NativeSelect, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { ApiError } from '../api/errors.ts';
import { useText } from '../i18n/i18n.ts';
import { useDraft } from './draft.ts';
import { Problem } from './problem.tsx';

export interface Field {
  /** The member of the request: a refusal that names it is shown beside the field. */
  name: string;
  label: string;
  kind?: 'line' | 'text' | 'number' | 'choice';
  choices?: readonly { value: string; label: string }[];
  description?: string;
  required?: boolean;
  maxLength?: number;
}

export type Values = Record<string, string>;

interface FormDialogProps {
  title: string;
  action: string;
  fields: readonly Field[];
  initial?: Values;
  /** Keeps what was typed under this name until it has been saved. */
  draft?: string;
  submit: (values: Values) => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
}

/** Asks for the members of one request, keeps them while the server refuses, and closes once it has accepted. */
export function FormDialog(props: FormDialogProps) {
  const { title, action, fields, submit, onClose, children } = props;
  const text = useText();
  const [values, setValues, forget] = useDraft<Values>(props.draft, props.initial ?? {});
  const [error, setError] = useState<unknown>();
  const [running, setRunning] = useState(false);
  const save = async () => {
    setRunning(true);
    setError(undefined);
    try {
      await submit(values);
      forget();
      onClose();
    } catch (refusal) {
      setError(refusal);
      setRunning(false);
    }
  };
  const problemOf = (name: string) =>
    error instanceof ApiError ? error.fields.find(({ field }) => field === name)?.message : undefined;
  return (
    <Modal opened onClose={() => !running && onClose()} title={title} size="lg" closeOnClickOutside={false}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Stack gap="sm">
          {fields.map((field, index) => (
            <FieldInput
              key={field.name}
              field={field}
              first={index === 0}
              value={values[field.name] ?? ''}
              problem={problemOf(field.name)}
              onChange={(value) => setValues({ ...values, [field.name]: value })}
            />
          ))}
          {children}
          {error !== undefined && <Problem error={error} />}
          <Group justify="flex-end" gap="xs">
            <Text size="xs" c="dimmed" mr="auto">
              {text('form.keys')}
            </Text>
            <Button variant="default" onClick={onClose} disabled={running}>
              {text('action.cancel')}
            </Button>
            <Button type="submit" loading={running}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface FieldInputProps {
  field: Field;
  first: boolean;
  value: string;
  problem: string | undefined;
  onChange: (value: string) => void;
}

function FieldInput({ field, first, value, problem, onChange }: FieldInputProps) {
  const { label, kind = 'line', required, description, maxLength } = field;
  const shared = {
    label,
    value,
    ...(required && { required }),
    ...(description !== undefined && { description }),
    ...(problem !== undefined && { error: problem }),
    ...(first && { 'data-autofocus': true }),
  };
  if (kind === 'choice')
    return (
      <NativeSelect
        {...shared}
        data={(field.choices ?? []).map(({ value: choice, label: name }) => ({ value: choice, label: name }))}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  if (kind === 'text')
    return (
      <Textarea
        {...shared}
        autosize
        minRows={4}
        maxRows={16}
        {...(maxLength !== undefined && { maxLength })}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.ctrlKey && event.key === 'Enter') event.currentTarget.form?.requestSubmit();
        }}
      />
    );
  return (
    <TextInput
      {...shared}
      {...(maxLength !== undefined && { maxLength })}
      {...(kind === 'number' && { inputMode: 'decimal' })}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** The lines of a text field, without empty ones. */
export const linesOf = (value: string | undefined): string[] =>
  (value ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
