import { z } from 'zod';

const line = (max = 200) => z.string().max(max);
const paragraph = () => z.string().max(20_000);

/**
 * Every template and what it needs. The texts are files of the notifier, in Chinese and English; a service cannot
 * name a template that does not exist, nor leave out what it says.
 */
export const templates = {
  /** Mail and SMS. `purpose` such as `register`, `login`, `reset_password` is worded by the template. */
  'verification-code': z.object({ code: line(16), minutes: z.int().positive(), purpose: line(40) }),
  'password-reset': z.object({ code: line(16), minutes: z.int().positive() }),
  'ticket-received': z.object({
    ticketId: line(),
    title: line(),
    creatorEmail: line(254),
    content: paragraph(),
  }),
  'ticket-replied': z.object({ ticketId: line(), title: line(), reply: paragraph() }),
  'business-account-approved': z.object({ companyName: line(), assignedEmail: line(254), userCode: line() }),
  'business-account-rejected': z.object({ companyName: line(), reason: line(2000) }),
  'business-account-disabled': z.object({ companyName: line(), reason: line(2000) }),
  /** To the operators. `email` is whatever the visitor typed: it never becomes a header. */
  'contact-received': z.object({ contactId: line(), name: line(), email: line(254), message: paragraph() }),
  /** Title and body as an operator wrote them; `payload` reaches the app beside them. */
  push: z.object({ title: line(), body: line(4000), payload: z.record(z.string(), z.string()).optional() }),
  'feedback-replied': z.object({ feedbackId: line(), reply: line(4000) }),
} as const;

export type TemplateName = keyof typeof templates;
export type TemplateData<Name extends TemplateName> = z.input<(typeof templates)[Name]>;

/** A template with what it says. */
export type Wording = {
  [Name in TemplateName]: { template: Name; data: TemplateData<Name> };
}[TemplateName];
