import type { ListFacts } from '../../exposures/queries.ts';
import type { StatementKind } from '../rules.ts';

/** What a text is held against. */
export type GateFacts = {
  kind: StatementKind;
  /** BCP 47. */
  language: string;
  /** Everybody who has saved the draft. */
  writerIds: readonly string[];
  /** Absent until somebody approves. */
  approverId: string | null;
  /** A published statement is being revised. */
  isCorrection: boolean;
  changeSummary: string;
  list: ListFacts | undefined;
  ownAddresses: ReadonlySet<string>;
  now: Date;
};

export const checkNames = [
  'headings',
  'contradiction',
  'addresses',
  'action',
  'figures',
  'next_update',
  'change_summary',
  'second_person',
] as const;

export type CheckName = (typeof checkNames)[number];

export const checkTitles: Readonly<Record<CheckName, string>> = {
  headings: 'Headings',
  contradiction: 'Agrees with the imported list',
  addresses: 'Nobody’s address in the text',
  action: 'Something the reader can do',
  figures: 'Figures are dated, and agree with the list',
  next_update: 'Next update',
  change_summary: 'What changes and why',
  second_person: 'A second pair of eyes',
};

export type Verdict = 'pass' | 'warn' | 'block';

/** What one check found, in a sentence a person can act on. An address in it is masked. */
export type CheckResult = { check: CheckName; verdict: Verdict; sentence: string };
