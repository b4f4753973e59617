import type { MessageKey } from '#src/messages/messages.ts';

/** What to do, and the reason for it. */
export type Step = { action: MessageKey; reason: MessageKey };

/** True wherever a message named its recipients to each other and came from somebody they have an account with. */
export const shownFacts: readonly MessageKey[] = ['answer.shown.address', 'answer.shown.account'];

/** Until a statement says what people can do: most urgent first. */
export const firstSteps: readonly Step[] = [
  { action: 'advice.mail', reason: 'advice.mail.why' },
  { action: 'advice.secondFactor', reason: 'advice.secondFactor.why' },
  { action: 'advice.password', reason: 'advice.password.why' },
];
