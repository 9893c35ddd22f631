import { Kbd, Modal, NavLink, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useText } from '../i18n/i18n.ts';
import { pages } from '../routes.tsx';
import { lookUps } from './look-ups.ts';

/** Pages by name, and objects by a pasted id, mail address or phone number. */
export function Palette({ onClose }: { onClose: () => void }) {
  const text = useText();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const wanted = typed.trim().toLowerCase();
  const found = [
    ...lookUps(typed).map(({ title, path }) => ({
      label: text(title, { value: typed.trim() }),
      path,
      key: undefined,
    })),
    ...pages
      .filter((page) => !page.detail)
      .map((page) => ({
        label: [
          page.section === 'overview' || page.section === 'settings' ? '' : text(`section.${page.section}`),
          text(page.title),
        ]
          .filter(Boolean)
          .join(' › '),
        path: page.path,
        key: page.shortcut,
      }))
      .filter(({ label, path }) => `${label} ${path}`.toLowerCase().includes(wanted)),
  ];
  const go = (path: string) => {
    onClose();
    void navigate(path);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      title={text('shell.goTo')}
      size="md"
      yOffset="12vh"
    >
      <TextInput
        data-autofocus
        aria-label={text('shell.goTo')}
        placeholder={text('palette.hint')}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={(event) => {
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (step !== undefined) {
            event.preventDefault();
            setActive(Math.min(Math.max(active + step, 0), found.length - 1));
          }
          const chosen = found[active];
          if (event.key === 'Enter' && chosen) go(chosen.path);
        }}
        mb="xs"
      />
      {found.slice(0, 12).map(({ label, path, key }, index) => (
        <NavLink
          key={path}
          component="button"
          label={label}
          active={index === active}
          onClick={() => go(path)}
          rightSection={key && <Kbd size="xs">g {key}</Kbd>}
        />
      ))}
    </Modal>
  );
}
