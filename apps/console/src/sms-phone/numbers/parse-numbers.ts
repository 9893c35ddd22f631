import type { NewNumber } from '../sms-phone.api.ts';

/** Lines of `phone, carrier, kind, note`, where all but the phone may be left out. The server judges the values. */
export function parseNumbers(lines: readonly string[]): NewNumber[] {
  return lines.map((line) => {
    const [phone = '', carrier, kind, ...note] = line.split(/[,;\t]/).map((part) => part.trim());
    const remark = note.join(', ');
    return {
      phone,
      carrier_type: carrier || '1',
      number_type: kind || '1',
      ...(remark !== '' && { note: remark }),
    };
  });
}
