import type { Channel, DeliveryResult } from '@portico/queue';
import mongoose from 'mongoose';
import { tellingStatuses } from './channel-state.ts';
import type { CodeSend, CodeSendModel } from './code-sends.model.ts';

const outcomeFields = 'channel hint purpose status cause reason provider providerCode createdAt outcomeAt';
/** The provider's own words are kept up to this length. */
const maxReason = 500;

/** The queries about sent codes. */
export function createCodeSendStore(model: CodeSendModel) {
  return {
    async create(send: Pick<CodeSend, '_id' | 'channel' | 'recipient' | 'hint' | 'purpose' | 'outbox'>) {
      await model.create({ ...send, createdAt: new Date() });
    },
    /** The last outcomes of a channel that say something of the channel, newest first. */
    lastOutcomes: (channel: Channel, limit: number) =>
      model
        .find({
          channel,
          outcomeAt: mongoose.trusted({ $exists: true }),
          status: mongoose.trusted({ $in: [...tellingStatuses] }),
          cause: mongoose.trusted({ $nin: ['expired', 'invalid_recipient'] }),
        })
        .sort({ outcomeAt: -1 })
        .limit(limit)
        .select(outcomeFields)
        .lean<Required<CodeSend>[]>()
        .exec(),
    lastOutcomeOf: (recipient: string) =>
      model
        .findOne({ recipient, outcomeAt: mongoose.trusted({ $exists: true }) })
        .sort({ outcomeAt: -1 })
        .select(outcomeFields)
        .lean<Required<CodeSend>>()
        .exec(),
    /** The last outcomes of a channel, whatever they say. */
    history: (channel: Channel, limit: number) =>
      model
        .find({ channel, outcomeAt: mongoose.trusted({ $exists: true }) })
        .sort({ outcomeAt: -1 })
        .limit(limit)
        .select(outcomeFields)
        .lean<Required<CodeSend>[]>()
        .exec(),
    lastSuccess: (channel: Channel) =>
      model
        .findOne({ channel, outcomeAt: mongoose.trusted({ $exists: true }), status: 'sent' })
        .sort({ outcomeAt: -1 })
        .select(outcomeFields)
        .lean<Required<CodeSend>>()
        .exec(),
    /** Notes what the provider said; told again or in another order, the last word stays. */
    async record(results: readonly DeliveryResult[]): Promise<void> {
      await model.bulkWrite(
        results.map((result) => ({
          updateOne: {
            filter: {
              _id: result.origin?.id as string,
              outcomeAt: mongoose.trusted({ $not: { $gt: new Date(result.at) } }),
            },
            update: {
              $set: {
                status: result.status,
                cause: result.cause ?? null,
                reason: result.reason?.slice(0, maxReason) ?? null,
                provider: result.provider ?? null,
                providerCode: result.providerCode ?? null,
                outcomeAt: new Date(result.at),
              },
            },
          },
        })),
        { ordered: false },
      );
    },
  };
}

export type CodeSendStore = ReturnType<typeof createCodeSendStore>;
