import type { MessageKey } from '#src/messages/messages.ts';

export const choices = ['stop', 'hide', 'erase'] as const;
export type Choice = (typeof choices)[number];

/** What a form that was refused shows when it is drawn again. */
export type ChoiceFormState = { error(name: string): string | undefined; message: string | undefined };

/** What each choice does and what it leaves, as messages. The last of `happens` is what cannot be taken back, or how it can. */
export const effects: Readonly<
  Record<Choice, { happens: readonly MessageKey[]; stays: readonly MessageKey[] }>
> = {
  stop: {
    happens: ['rights.stop.ends', 'rights.stop.undo'],
    stays: ['rights.stays.account', 'rights.stays.duty'],
  },
  hide: {
    happens: ['rights.hide.erased', 'rights.hide.silent', 'rights.hide.mail', 'rights.hide.final'],
    stays: [
      'rights.stays.subscriptions',
      'rights.stays.mark',
      'rights.stays.count',
      'rights.stays.sealed',
      'rights.stays.backups',
    ],
  },
  erase: {
    happens: [
      'rights.erase.account',
      'rights.erase.lists',
      'rights.erase.pending',
      'rights.erase.again',
      'rights.erase.final',
    ],
    stays: ['rights.stays.mark', 'rights.stays.count', 'rights.stays.sealed', 'rights.stays.backups'],
  },
};
