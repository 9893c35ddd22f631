import type { Channel, Message } from '@portico/queue';
import type { Logger } from '@portico/service';
import {
  ProviderError,
  type MailContent,
  type Provider,
  type PushContent,
  type Receipt,
  type SmsContent,
} from '../providers/provider.ts';
import type { Renderer, Rendered } from '../rendering/templates.ts';
import type { DevelopmentOutbox } from './development-outbox.ts';

/** The providers that are configured; a channel without one refuses its messages. */
export interface Providers {
  email: Provider<MailContent> | undefined;
  sms: Provider<SmsContent> | undefined;
  /** By name; the first is for tokens of which nobody said whose they are. */
  push: ReadonlyMap<string, Provider<PushContent>>;
}

export interface CourierOptions {
  providers: Providers;
  render: Renderer;
  /** Outside production only. */
  outbox: DevelopmentOutbox | undefined;
  timeoutMs: number;
  logger: Logger;
}

/** Takes a message to its provider. */
export interface Courier {
  /** @throws ProviderError */
  send(message: Message, options: { repeated: boolean }): Promise<Receipt>;
  /** Which provider a message goes to; `none` where there is none. */
  providerName(channel: Channel, message: Message | undefined): string;
  isIdempotent(channel: Channel, message: Message | undefined): boolean;
}

const mailAddress = /^[^\s<>()",;:\\@]+@[^\s<>()",;:\\@]+$/;
const phoneNumber = /^\+[1-9]\d{5,14}$/;

export function createCourier({ providers, render, outbox, timeoutMs, logger }: CourierOptions): Courier {
  const providerOf = (channel: Channel, message: Message | undefined): AnyProvider | undefined => {
    if (channel !== 'push') return providers[channel];
    const { push } = providers;
    const [first] = push.values();
    return message?.pushProvider === undefined ? first : (push.get(message.pushProvider) ?? push.get('log'));
  };

  const note = async (message: Message, rendered: Rendered, repeated: boolean) => {
    const { id, channel, to, template, data } = message;
    const code = data['code'];
    const line = {
      at: new Date().toISOString(),
      id,
      channel,
      to,
      template,
      subject: channel === 'sms' ? null : rendered.subject,
      text: channel === 'sms' ? rendered.sms : rendered.text,
      code: typeof code === 'string' ? code : null,
    };
    try {
      await outbox?.append(line, repeated);
    } catch (error) {
      logger.error({ error }, 'development outbox cannot be written');
    }
  };

  return {
    providerName: (channel, message) => providerOf(channel, message)?.name ?? 'none',
    isIdempotent: (channel, message) => providerOf(channel, message)?.idempotent ?? true,
    async send(message, { repeated }) {
      const provider = providerOf(message.channel, message);
      if (!provider) {
        throw new ProviderError('permanent', `no provider for ${message.pushProvider ?? message.channel}`, {
          cause: 'unavailable',
        });
      }
      if (message.expiresAt !== undefined && Date.parse(message.expiresAt) <= Date.now()) {
        throw new ProviderError('permanent', 'it expired before it could be sent', { cause: 'expired' });
      }
      const content = contentOf(message, render);
      if (outbox) await note(message, content.rendered, repeated);
      return withinTime(timeoutMs, (signal) => provider.send(content.content, signal));
    },
  };
}

/** A channel's provider is given that channel's content, by construction of `providerOf` and `contentOf`. */
type AnyContent = MailContent & SmsContent & PushContent;
type AnyProvider = Provider<AnyContent>;

function contentOf(message: Message, render: Renderer): { content: AnyContent; rendered: Rendered } {
  const { id, channel, to, template, data, locale } = message;
  const rendered = render(template, locale, data);
  const { subject, text, html, sms } = rendered;
  switch (channel) {
    case 'email': {
      if (!mailAddress.test(to)) throw invalidRecipient('not a mail address');
      return { rendered, content: { id, to, subject, text, html } satisfies MailContent as AnyContent };
    }
    case 'sms': {
      if (!phoneNumber.test(to)) throw invalidRecipient('not a phone number');
      return { rendered, content: { id, to, text: sms, template, data } satisfies SmsContent as AnyContent };
    }
    case 'push': {
      const payload = (data['payload'] ?? {}) as Record<string, string>;
      return {
        rendered,
        content: { id, to, title: subject, body: text, payload } satisfies PushContent as AnyContent,
      };
    }
  }
}

function invalidRecipient(reason: string): ProviderError {
  return new ProviderError('permanent', reason, { cause: 'invalid_recipient' });
}

/** A provider that hangs is left alone after its time; what it did with the message is not known then. */
async function withinTime(ms: number, send: (signal: AbortSignal) => Promise<Receipt>): Promise<Receipt> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      abort.abort();
      reject(new ProviderError('unknown', 'no answer in time', { cause: 'unavailable' }));
    }, ms);
  });
  try {
    return await Promise.race([send(abort.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
