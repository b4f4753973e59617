import type { ClockTime, StatementText } from '#db/schema/index.ts';
import { markdownToText } from '#src/text/markdown.ts';
import { wordDiff, type DiffPiece } from '#src/text/word-diff.ts';
import { canonicalHead, composed } from './canonical.ts';
import { timesOf, type TimeName } from './content.ts';
import { completed } from './details.ts';
import { headings, type SectionKey } from './rules.ts';
import { sectionsOf } from './sections.ts';
import { canonicalWords, type Words } from './words.ts';

/** What changed under one heading; only those under which something did. */
export type ChangedSection = { key: SectionKey | 'head'; pieces: DiffPiece[] };

/** How the key facts are named where two texts are compared. */
export type FactWords = {
  fact(name: 'involved' | 'notInvolved' | TimeName): string;
  precision(precision: ClockTime['precision']): string;
  approvedBy(name: string): string;
};

/**
 * Two texts, heading by heading, as they are read; where they read the same and their bytes differ, as they are hashed. `words` stand
 * between what people wrote.
 */
export function changesBetween(
  before: StatementText,
  after: StatementText,
  words: Words,
  facts: FactWords,
): ChangedSection[] {
  const [was, is] = [readings(before, words, facts), readings(after, words, facts)];
  return (['head', ...headings.map(({ key }) => key)] as const).flatMap((key) => {
    const [read, exact] = [
      [was.read(key), is.read(key)],
      [was.exact(key), is.exact(key)],
    ] as const;
    const [from, to] = read[0] === read[1] ? exact : read;
    return from === to ? [] : [{ key, pieces: wordDiff(from, to) }];
  });
}

function readings(text: StatementText, words: Words, facts: FactWords) {
  const read = markdownOf(text, words);
  const exact = markdownOf(text, canonicalWords);
  return {
    read: (key: ChangedSection['key']) =>
      key === 'head' ? headOf(text, words, facts) : readText(read.get(key) ?? ''),
    exact: (key: ChangedSection['key']) =>
      composed(key === 'head' ? canonicalHead(text) : (exact.get(key) ?? '')),
  };
}

function markdownOf(text: StatementText, words: Words): ReadonlyMap<SectionKey, string> {
  return new Map(sectionsOf(text, words).map(({ key, markdown }) => [key, markdown]));
}

/** Without the lines that underline its headings. */
function readText(markdown: string): string {
  return markdownToText(markdown).replace(/\n-{3,}$/gm, '');
}

function headOf(text: StatementText, words: Words, facts: FactWords): string {
  const { title, summary, involved, notInvolved, authorName, authorTitle, approverName, approverTitle } =
    completed(text);
  const times = timesOf(text).map(({ name, time: { at, until, precision } }) => {
    const span = [at, until].flatMap((each) => (each ? words.moment(each) : [])).join(' – ');
    return `${facts.fact(name)}: ${span} (${facts.precision(precision)})`;
  });
  const approver = [approverName, approverTitle].filter(Boolean).join(', ');
  return [
    title,
    summary,
    involved && `${facts.fact('involved')}: ${involved}`,
    notInvolved && `${facts.fact('notInvolved')}: ${notInvolved}`,
    ...times,
    `${authorName}, ${authorTitle}`,
    approver && facts.approvedBy(approver),
  ]
    .filter(Boolean)
    .join('\n');
}
