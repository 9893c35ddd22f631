import { digestOf } from '@portico/auth';
import { AppError } from '@portico/envelope';
import { isDuplicateKey, type Page, type PageRequest } from '@portico/mongo';
import type { Outbox } from '@portico/outbox';
import type { RequestContext } from '@portico/service';
import type { OperatorFilter } from '../fields.ts';
import { anyObject, missing, newestFirst, searchFilter } from '../objects.ts';
import type { ContactModel, ContactRecord } from './contacts.model.ts';
import type { VerifyTurnstile } from './turnstile.ts';

export interface ContactServiceOptions {
  model: ContactModel;
  outbox: Outbox;
  operatorEmails: readonly string[];
  verify: VerifyTurnstile;
}

const notFound = '联系记录不存在';

/** The contact form (document 003, section 6). */
export function createContactService({ model, outbox, operatorEmails, verify }: ContactServiceOptions) {
  const refused = () => new AppError('rule_violation', { message: 'Turnstile验证失败' });

  return {
    /** Stores a message and tells the operators, in one write. @throws AppError `rule_violation`, `unavailable` */
    async submit(
      form: Pick<ContactRecord, 'name' | 'email' | 'message'>,
      turnstileToken: string,
      context: RequestContext,
    ): Promise<ContactRecord> {
      const token = digestOf(turnstileToken);
      if (await model.exists({ token })) throw refused();
      if (!(await verify(turnstileToken, context.clientIp))) throw refused();
      const contact = new model({ ...form, token, createdAt: new Date() });
      const entries = operatorEmails.map((to) =>
        outbox.pending({
          channel: 'email',
          to,
          template: 'contact-received',
          locale: 'zh',
          data: { contactId: String(contact._id), ...form },
          requestId: context.requestId,
        }),
      );
      contact.set('outbox', entries);
      try {
        await contact.save();
      } catch (error) {
        // The same token, at the same time.
        if (isDuplicateKey(error)) throw refused();
        throw error;
      }
      outbox.relay(model, contact._id, entries);
      return contact.toObject<ContactRecord>();
    },

    list(
      filter: OperatorFilter & { is_processed?: boolean | undefined },
      page: PageRequest,
    ): Promise<Page<ContactRecord>> {
      const { is_processed: isProcessed } = filter;
      const conditions = {
        ...(isProcessed !== undefined && { isProcessed }),
        ...searchFilter(filter, ['name', 'email', 'message', 'adminNotes']),
      };
      return newestFirst(model, conditions, page);
    },

    async update(
      id: string,
      change: Partial<Pick<ContactRecord, 'isProcessed' | 'adminNotes'>>,
    ): Promise<ContactRecord> {
      await anyObject(model, id, notFound);
      const updated = await model
        .findOneAndUpdate({ _id: id }, { $set: change }, { returnDocument: 'after' })
        .lean<ContactRecord>()
        .exec();
      if (!updated) throw missing(notFound);
      return updated;
    },
  };
}

export type ContactService = ReturnType<typeof createContactService>;
