import type { StatementDetails, StatementText } from '#db/schema/index.ts';

/** A text with every field there is. */
export type CompleteText = StatementText & StatementDetails;

const noDetails: StatementDetails = {
  legalEntity: '',
  tradingName: '',
  contact: '',
  dataProtectionContact: '',
  audience: '',
  nextUpdatePrecision: 'exact',
  involved: '',
  notInvolved: '',
  figures: [],
  figuresNote: '',
  recipients: '',
  deletionAsked: '',
  consequences: '',
  unknowns: '',
  delayReason: '',
  actions: [],
  steps: [],
  neverAsk: '',
  writeFrom: '',
  authorities: [],
  approverName: '',
  approverTitle: '',
};

/** A text as it is stored may be older than some of its fields: those are empty. */
export function completed(text: StatementText): CompleteText {
  return { ...noDetails, ...text };
}
