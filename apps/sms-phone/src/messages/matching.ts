import { RE2JS } from 're2js';
import type { ProjectRecord } from '../projects/projects.model.ts';

type Rules = Pick<ProjectRecord, 'signatures' | 'senders' | 'pattern'>;

/** Text read by an operator's pattern: longer texts are no codes. */
const maxRead = 2000;

/** One spelling of a sender for each. */
type SenderForm = (sender: string) => string;

const hasRules = ({ signatures, senders, pattern }: Rules) =>
  signatures.length > 0 || senders.length > 0 || pattern !== null;

/** Whether a message is for a project: every kind of rule that the project has must hold (contract: projects). */
export function matches(
  { signatures, senders, pattern }: Rules,
  message: { from: string; text: string },
  form: SenderForm,
): boolean {
  return (
    (signatures.length === 0 || signatures.some((signature) => message.text.includes(signature))) &&
    (senders.length === 0 || senders.map(form).includes(form(message.from))) &&
    (pattern === null || RE2JS.compile(pattern).matcher(message.text.slice(0, maxRead)).find())
  );
}

/**
 * Whose message it is, of several leases of a number: that of the project whose rules it meets, else that of a project
 * without rules. Where two are as good, it is nobody's: an operator has to look.
 */
export function choose<Lease extends { projectId: string }>(
  leases: readonly Lease[],
  projects: ReadonlyMap<string, Rules>,
  message: { from: string; text: string },
  form: SenderForm,
): { lease: Lease } | { reason: string } {
  const fitting = leases.filter(({ projectId }) => {
    const project = projects.get(projectId);
    return project !== undefined && matches(project, message, form);
  });
  const ruled = fitting.filter(({ projectId }) => hasRules(projects.get(projectId) as Rules));
  const best = ruled.length > 0 ? ruled : fitting;
  const [lease] = best;
  if (!lease) return { reason: leases.length === 0 ? 'no lease' : 'no project matches' };
  return best.length === 1 ? { lease } : { reason: 'several projects match' };
}
