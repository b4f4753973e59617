import { createHash } from 'node:crypto';
import type { ClockTime, StatementText } from '#db/schema/index.ts';
import { completed } from './details.ts';
import type { RevisionKind } from './rules.ts';
import { sectionsOf } from './sections.ts';
import { canonicalWords, type Words } from './words.ts';

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
  /** Of a translation: its own headings and labels. */
  words?: Words | undefined;
};

/**
 * The bytes that are hashed, served as text and later signed: UTF-8, NFC, LF, a fixed header, then the body in Markdown. A
 * withdrawal says so in place of the text it withdraws.
 */
export function canonicalText(statement: CanonicalStatement): string {
  const body = statement.kind === 'withdrawn' ? withdrawal(statement) : account(statement);
  return `${normalised([headerOf(statement), ...body].filter(Boolean).join('\n\n'))}\n`;
}

/** What is served in place of a redacted revision: when it was said and the hash of what it said stay. */
export function redactionNotice(
  statement: CanonicalStatement & { hash: string },
  redaction: { at: Date; reason: string },
): string {
  const header = [
    headerOf(statement),
    `Redacted-At: ${redaction.at.toISOString()}`,
    `Hash: ${statement.hash}`,
  ].join('\n');
  const body =
    statement.kind === 'withdrawn'
      ? [
          ...withdrawal(statement),
          'The title of this statement has been taken out, because it disclosed something itself.',
          `Reason: ${redaction.reason}`,
        ]
      : [
          'The text of this revision has been taken out, because it disclosed something itself.',
          `Reason: ${redaction.reason}`,
        ];
  return `${normalised([header, ...body].join('\n\n'))}\n`;
}

function headerOf(statement: CanonicalStatement): string {
  return [
    `Id: ${statement.statementId}`,
    `Version: ${statement.number}`,
    `Incident: ${statement.incidentId}`,
    `Published-At: ${statement.publishedAt.toISOString()}`,
    `Previous-Hash: ${statement.previousHash ?? 'none'}`,
    `Language: ${statement.language}`,
  ].join('\n');
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

function account({ kind, text, changeSummary, words: spoken }: CanonicalStatement): string[] {
  const corrected = kind === 'corrected' ? `Corrected: ${changeSummary}` : '';
  return [`# ${oneLine(text.title)}`, corrected, ...words(text, spoken)];
}

function words(text: StatementText, spoken: Words = canonicalWords): string[] {
  return [
    ...head(text),
    ...sectionsOf(text, spoken).flatMap(({ title, markdown }) => [`## ${title}`, markdown]),
  ];
}

/** What stands above the first heading, the title with it. */
export function canonicalHead(text: StatementText): string {
  return [`# ${oneLine(text.title)}`, ...head(text)].filter(Boolean).join('\n\n');
}

function head(text: StatementText): string[] {
  return [text.summary, `By ${oneLine(text.authorName)}, ${oneLine(text.authorTitle)}`, keyLines(text)];
}

/** A line is there only when it has something to say: what was published before a field existed keeps its bytes. */
function keyLines(text: StatementText): string {
  const { nextUpdateAt, nextUpdatePrecision, involved, notInvolved, approverName, approverTitle } =
    completed(text);
  const about = nextUpdatePrecision === 'estimated' ? ' (estimated)' : '';
  return [
    clockTime('Occurred', text.occurredAt),
    clockTime('Aware', text.awareAt),
    clockTime('Contained', text.containedAt),
    nextUpdateAt ? `Next update: ${nextUpdateAt}${about}` : '',
    involved && `Involved: ${oneLine(involved)}`,
    notInvolved && `Not involved: ${oneLine(notInvolved)}`,
    approverName && `Approved by: ${[approverName, approverTitle].filter(Boolean).map(oneLine).join(', ')}`,
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
  return composed(text).trimEnd();
}

export function composed(text: string): string {
  return text.replace(/\r\n?/g, '\n').normalize('NFC').toWellFormed();
}
