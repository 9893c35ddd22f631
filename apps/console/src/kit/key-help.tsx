import { Kbd, Modal, Table } from '@mantine/core';
import { useText, type TextKey } from '../i18n/i18n.ts';

const keys: readonly (readonly [string, TextKey])[] = [
  ['j k ↓ ↑', 'keys.move'],
  ['x', 'keys.select'],
  ['Enter', 'keys.open'],
  ['Esc', 'keys.clear'],
  ['/', 'keys.search'],
  ['r', 'keys.refresh'],
  ['[ ]', 'keys.page'],
  ['g …', 'keys.go'],
  ['Ctrl K', 'keys.palette'],
];

export function KeyHelp({ onClose }: { onClose: () => void }) {
  const text = useText();
  return (
    <Modal opened onClose={onClose} title={text('list.keys')}>
      <Table>
        <Table.Tbody>
          {keys.map(([key, meaning]) => (
            <Table.Tr key={key}>
              <Table.Td w={110}>
                <Kbd>{key}</Kbd>
              </Table.Td>
              <Table.Td>{text(meaning)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
