import { AppError } from '@portico/envelope';
import type { Model, Types } from 'mongoose';
import type { Markdown } from './markdown.ts';
import { plainHtml } from './plain-html.ts';

/** Renders the texts that were stored without their HTML; a text that exceeds a limit is shown as it is. */
export async function renderStored<Record_ extends { _id: Types.ObjectId }>(
  markdown: Markdown,
  model: Model<Record_>,
  { text, html }: { text: keyof Record_ & string; html: keyof Record_ & string },
): Promise<void> {
  const unrendered = model
    .find({ [html]: null } as object)
    .select(text)
    .lean<{ _id: Types.ObjectId } & Record<string, unknown>>()
    .cursor();
  for await (const found of unrendered) {
    const source = String(found[text]);
    const rendered = await markdown.render(text, source).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'invalid_params') return plainHtml(source);
      throw error;
    });
    await model
      .updateOne({ _id: found._id, [text]: source } as object, { $set: { [html]: rendered } as object })
      .exec();
  }
}
