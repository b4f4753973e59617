import { createHash } from 'node:crypto';
import type { ClockTime, StatementText } from '#db/schema/index.ts';
import { headings, type RevisionKind } from './rules.ts';

/** What the canonical text is made of: nothing in it changes once the revision is published. */
export type CanonicalStatement = {
  statementId: string;
  number: number;
  incidentId: string;
  publishedAt: Date;
  previousHash: string | null;
  language: string;
  kind: RevisionKind;
  text: StatementText;
  /** What changed and why; of a withdrawal, the reason. */
  changeSummary: string;
};

/**
 * The bytes that are hashed, served as text and later signed: UTF-8, NFC, LF, a fixed header, then the body in Markdown. A
 * withdrawal says so in place of the text it withdraws.
 */
export function canonicalText(statement: CanonicalStatement): string {
  const header = [
    `Id: ${statement.statementId}`,
    `Version: ${statement.number}`,
    `Incident: ${statement.incidentId}`,
    `Published-At: ${statement.publishedAt.toISOString()}`,
    `Previous-Hash: ${statement.previousHash ?? 'none'}`,
    `Language: ${statement.language}`,
  ].join('\n');
  const body = statement.kind === 'withdrawn' ? withdrawal(statement) : account(statement);
  return `${normalised([header, ...body].filter(Boolean).join('\n\n'))}\n`;
}

/** SHA-256 (hex) of the canonical text's UTF-8 bytes. The next revision names it. */
export function canonicalHash(canonical: string): string {
  return createHash('sha256').update(canonical, 'utf8').digest('hex');
}

function withdrawal({ text, changeSummary }: CanonicalStatement): string[] {
  return [`# ${oneLine(text.title)}`, 'This statement has been withdrawn.', `Reason: ${changeSummary}`];
}

/** The words alone, to compare two versions. */
export function wordsOf(text: StatementText): string {
  return normalised([`# ${oneLine(text.title)}`, ...words(text)].filter(Boolean).join('\n\n'));
}

function account({ kind, text, changeSummary }: CanonicalStatement): string[] {
  const corrected = kind === 'corrected' ? `Corrected: ${changeSummary}` : '';
  return [`# ${oneLine(text.title)}`, corrected, ...words(text)];
}

function words(text: StatementText): string[] {
  return [
    text.summary,
    `By ${oneLine(text.authorName)}, ${oneLine(text.authorTitle)}`,
    times(text),
    ...headings.flatMap(({ key, title }) =>
      text[key].trim() === '' ? [] : [`## ${title}`, text[key].trim()],
    ),
  ];
}

function times(text: StatementText): string {
  return [
    clockTime('Occurred', text.occurredAt),
    clockTime('Aware', text.awareAt),
    clockTime('Contained', text.containedAt),
    text.nextUpdateAt ? `Next update: ${text.nextUpdateAt}` : '',
  ]
    .filter(Boolean)
    .join('\n');
}

function clockTime(name: string, time: ClockTime | null): string {
  if (!time) return '';
  return `${name}: ${time.at}${time.until ? ` to ${time.until}` : ''} (${time.precision})`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function normalised(text: string): string {
  return text.replace(/\r\n?/g, '\n').normalize('NFC').toWellFormed().trimEnd();
}
