import { useQuery } from '@tanstack/react-query';
import { useText } from '../../i18n/i18n.ts';
import { EditedList } from '../../kit/edited-list.tsx';
import type { Values } from '../../kit/form-dialog.tsx';
import { useListState } from '../../kit/list-state.ts';
import { appSupportKey, createFaq, deleteFaq, faqQuery, updateFaq } from '../app-support.api.ts';

const filters = {};

const textOf = ({ title = '', content = '', category = '', external_link = '', position }: Values) => ({
  title,
  content,
  category,
  external_link,
  ...(position && { position }),
});

export default function FaqPage() {
  const text = useText();
  const list = useListState(filters);
  return (
    <EditedList
      name="faq"
      title={text('page.faq')}
      add={text('faq.new')}
      empty={text('faq.empty')}
      list={list}
      query={useQuery(faqQuery(list))}
      queryKey={appSupportKey}
      columns={[
        {
          id: 'position',
          title: text('field.position'),
          render: ({ position }) => position,
          align: 'right',
          width: 70,
        },
        { id: 'title', title: text('field.title'), render: ({ title }) => title },
        { id: 'category', title: text('field.category'), render: ({ category }) => category },
        { id: 'link', title: text('faq.link'), render: ({ external_link }) => external_link },
      ]}
      fields={[
        { name: 'title', label: text('field.title'), required: true },
        { name: 'content', label: text('faq.content'), kind: 'text', required: true },
        { name: 'category', label: text('field.category') },
        { name: 'external_link', label: text('faq.link') },
        { name: 'position', label: text('field.position'), kind: 'number' },
      ]}
      labelOf={({ title }) => title}
      valuesOf={({ title, content, category, external_link, position }) => ({
        title,
        content,
        category,
        external_link,
        position: String(position),
      })}
      create={(values) => createFaq(textOf(values))}
      update={(id, values) => updateFaq(id, textOf(values))}
      remove={deleteFaq}
    />
  );
}
