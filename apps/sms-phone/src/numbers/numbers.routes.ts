import type { Operator } from '@portico/auth';
import { AppError } from '@portico/envelope';
import { defineRoute, validate, wholeNumberField, type Access, type Route } from '@portico/service';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { pageOf, pageQuery, pageRequest, renderPage, success } from '../answers.ts';
import { phoneText, searchedPhoneField } from '../fields.ts';
import { shownPhone, type Phones } from '../phones/phones.ts';
import { numberStatuses, type NumberRecord } from './numbers.model.ts';
import type { NumberStore } from './numbers.store.ts';

export interface NumberRoutesOptions {
  store: NumberStore;
  operators: Access<Operator>;
  phones: Phones;
  /** The inventory has changed. */
  onChange: () => void;
}

const tag = '管理';
const maxNumbers = 10_000;
const importBytes = 4 * 1024 * 1024;

const phoneOf = (phones: Phones) =>
  phoneText('phone 必须是 5 到 15 位数字').transform((text, context) => {
    const phone = phones.receiver(text);
    if (phone === undefined) context.addIssue({ code: 'custom', message: 'phone 不是可以接收短信的号码' });
    return phone ?? z.NEVER;
  });

const numbersOf = (phones: Phones) => z.array(numberOf(phones)).min(1).max(maxNumbers);

const numberOf = (phones: Phones) =>
  z.object({
    phone: phoneOf(phones),
    carrier_type: wholeNumberField(1, 3, 'carrier_type 必须是 1 (移动)、2 (联通) 或 3 (电信)'),
    number_type: wholeNumberField(1, 2, 'number_type 必须是 1 (普通) 或 2 (虚拟)'),
    note: z
      .string()
      .trim()
      .max(500)
      .nullish()
      .transform((note) => (note === undefined ? undefined : note || null)),
  });

const numberOutput = z.object({
  phone: z.string(),
  carrier_type: z.int(),
  number_type: z.int(),
  status: z.enum(numberStatuses),
  note: z.string().nullable(),
});
const importedOutput = success({ created: z.int(), updated: z.int() });

export function numberRoutes({ store, operators, phones, onChange }: NumberRoutesOptions): Route[] {
  const numbers = numbersOf(phones);

  async function add(rows: z.output<typeof numbers>) {
    const counts = await store.upsert(
      rows.map(({ phone, carrier_type: carrier, number_type: kind, note }) => ({
        _id: phone,
        carrier,
        kind,
        note,
      })),
    );
    onChange();
    return { message: `已导入 ${rows.length} 个号码`, ...counts };
  }

  return [
    defineRoute({
      method: 'POST',
      path: '/api/admin/numbers',
      summary: '导入号码',
      tag,
      access: operators,
      body: z.object({ numbers }),
      bodyLimit: importBytes,
      output: importedOutput,
      errors: ['invalid_params'],
      handle: ({ body }) => add(body.numbers),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/numbers/csv',
      summary: '从 CSV 导入号码: phone,carrier_type,number_type,note',
      tag,
      access: operators,
      bodyType: 'raw',
      bodyLimit: importBytes,
      body: z.instanceof(Buffer).meta({ type: 'string' }),
      output: importedOutput,
      errors: ['invalid_params'],
      handle: ({ body }) => add(validate(numbers, readCsv(body.toString('utf8')), 'zh')),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/admin/numbers',
      summary: '号码列表',
      tag,
      access: operators,
      query: z.object({
        status: z.enum(numberStatuses).optional(),
        phone: searchedPhoneField(phones),
        ...pageQuery,
      }),
      output: pageOf(numberOutput),
      errors: ['invalid_params'],
      handle: async ({ query }) =>
        renderPage(await store.list(query, pageRequest(query)), query, renderNumber),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/admin/numbers/:phone',
      summary: '修改号码状态',
      tag,
      access: operators,
      params: z.object({ phone: z.string() }),
      body: z.object({ status: z.enum(numberStatuses) }),
      output: success({ number: numberOutput }),
      errors: ['not_found', 'invalid_params'],
      async handle({ params, body }) {
        const changed = await store.setStatus(phones.canonical(params.phone), body.status);
        if (!changed) throw new AppError('not_found', { message: '号码不存在' });
        onChange();
        return { message: '号码已更新', number: renderNumber(changed) };
      },
    }),
  ];
}

/** @throws AppError `invalid_params` naming the line */
function readCsv(text: string): unknown {
  try {
    return parse(text, {
      columns: true,
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count_less: true,
    });
  } catch (error) {
    throw new AppError('invalid_params', {
      message: `CSV: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}

const renderNumber = (record: NumberRecord) => ({
  phone: shownPhone(record._id),
  carrier_type: record.carrier,
  number_type: record.kind,
  status: record.status,
  note: record.note,
});
