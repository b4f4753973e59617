import type { Impact, Nature } from '#src/domain/incidents/rules.ts';

export const natureHints: Readonly<Record<Nature, { label: string; hint: string }>> = {
  service: { label: 'The service', hint: 'Something does not work as it should. It ends resolved.' },
  data: {
    label: 'Data',
    hint: 'Somebody got to see what was not theirs. Components stay as they are; it ends contained, then closed.',
  },
};

export const impactHints: Readonly<Record<Impact, string>> = {
  none: 'None: nobody notices',
  minor: 'Minor: few people, or a small part',
  major: 'Major: many people, or a large part',
  critical: 'Critical: everybody, or what matters most',
};
