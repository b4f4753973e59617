/** What to do, and the reason for it. */
export type Step = { action: string; reason: string };

/** True wherever a message named its recipients to each other and came from somebody they have an account with. */
export const shownFacts: readonly string[] = [
  'Your email address, as written above',
  'That this address has an account here',
];

/** Until a statement says what people can do: most urgent first. */
export const firstSteps: readonly Step[] = [
  {
    action: 'Distrust mail that claims to be from us',
    reason:
      'Whoever has the list knows that you are a customer. We never ask for a password, a code or a transfer by mail.',
  },
  {
    action: 'Turn on a second factor for your account',
    reason: 'Your address can now be tried with passwords leaked elsewhere. With a second factor that fails.',
  },
  {
    action: 'Use a password here that you use nowhere else',
    reason: 'One that you also use elsewhere may already be known from somebody else’s leak.',
  },
];
