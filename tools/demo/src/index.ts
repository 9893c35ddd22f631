export { signIn } from './operator.ts';
export { openOutbox } from './outbox.ts';
