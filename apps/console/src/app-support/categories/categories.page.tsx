import { useQuery } from '@tanstack/react-query';
import { useText } from '../../i18n/i18n.ts';
import { EditedList } from '../../kit/edited-list.tsx';
import type { Values } from '../../kit/form-dialog.tsx';
import { useListState } from '../../kit/list-state.ts';
import {
  appSupportKey,
  categoriesQuery,
  createCategory,
  deleteCategory,
  updateCategory,
} from '../app-support.api.ts';

const filters = {};

const textOf = ({ name = '', description = '', position }: Values) => ({
  name,
  description,
  ...(position && { position }),
});

export default function CategoriesPage() {
  const text = useText();
  const list = useListState(filters);
  return (
    <EditedList
      name="categories"
      title={text('page.categories')}
      add={text('categories.new')}
      empty={text('categories.empty')}
      list={list}
      query={useQuery(categoriesQuery(list))}
      queryKey={appSupportKey}
      columns={[
        {
          id: 'position',
          title: text('field.position'),
          render: ({ position }) => position,
          align: 'right',
          width: 70,
        },
        { id: 'name', title: text('field.name'), render: ({ name }) => name },
        { id: 'description', title: text('projects.description'), render: ({ description }) => description },
      ]}
      fields={[
        { name: 'name', label: text('field.name'), required: true },
        { name: 'description', label: text('projects.description') },
        { name: 'position', label: text('field.position'), kind: 'number' },
      ]}
      labelOf={({ name }) => name}
      valuesOf={({ name, description, position }) => ({ name, description, position: String(position) })}
      create={(values) => createCategory(textOf(values))}
      update={(id, values) => updateCategory(id, textOf(values))}
      remove={deleteCategory}
    />
  );
}
