import type { StatementFigure, StatementText } from '#db/schema/index.ts';
import { maskedAddress } from '#src/text/email-address.ts';
import { contradictions, figuresOf, strangersIn } from '../../published-text.ts';
import { completed } from '../details.ts';
import { endsTheAccount, headings, requiredHeadings } from '../rules.ts';
import { hasSection, sectionsOf } from '../sections.ts';
import { canonicalWords } from '../words.ts';
import type { CheckName, CheckResult, GateFacts, Verdict } from './facts.ts';

type Finding = readonly [Verdict, string];
type Check = (text: StatementText, facts: GateFacts) => Finding;

/** Every check, in the order in which the results are shown. */
const checks: Readonly<Record<CheckName, Check>> = {
  headings: hasHeadings,
  contradiction: agreesWithList,
  addresses: showsNoAddress,
  action: offersAction,
  figures: countsAgree,
  next_update: promisesUpdate,
  change_summary: explainsChange,
  second_person: hasSecondPerson,
};

/** Holds a text against the facts. Pure: the same text and facts give the same results. */
export function runGate(text: StatementText, facts: GateFacts): CheckResult[] {
  return (Object.entries(checks) as [CheckName, Check][]).map(([check, find]) => {
    const [verdict, sentence] = find(text, facts);
    return { check, verdict, sentence };
  });
}

/** Blocks for which nobody has written down a reason. The second person cannot be argued away. */
export function standingBlocks(
  results: readonly CheckResult[],
  overridden: readonly string[],
): CheckResult[] {
  return results.filter(
    ({ check, verdict }) => verdict === 'block' && (check === 'second_person' || !overridden.includes(check)),
  );
}

function hasHeadings(text: StatementText, { kind }: GateFacts): Finding {
  const required = requiredHeadings(kind);
  const missing = [
    ...(text.title.trim() ? [] : ['a title']),
    ...(text.summary.trim() ? [] : ['a summary']),
    ...(text.authorName.trim() && text.authorTitle.trim() ? [] : ['who says it, with their role']),
    ...headings
      .filter(({ key }) => required.includes(key) && !hasSection(text, key))
      .map(({ title }) => `“${title}”`),
  ];
  if (missing.length === 0) return ['pass', 'Title, summary, author and every heading are there.'];
  return ['block', `Still missing: ${missing.join(', ')}. Write them, or say that it is not known yet.`];
}

function agreesWithList(text: StatementText, { list, language }: GateFacts): Finding {
  if (!list)
    return [
      'pass',
      'No list of addresses has been imported for this incident, so there is nothing to contradict.',
    ];
  const found = parts(text).flatMap(({ title, markdown }) =>
    contradictions(markdown, list).map((denial) => ({ ...denial, title })),
  );
  const [denial] = [...found.filter(({ certain }) => certain), ...found];
  if (!denial && !/^en\b/i.test(language)) {
    return [
      'warn',
      `This check reads English only. Read the text yourself beside the facts. ${figuresOf(list)}`,
    ];
  }
  if (!denial) return ['pass', `Nothing in the text contradicts the list. ${figuresOf(list)}`];
  const where = `${denial.title} says “${denial.excerpt}”.`;
  if (!denial.certain) {
    return ['warn', `${where} Read it once more beside the facts: ${figuresOf(list)}`];
  }
  return [
    'block',
    `${where} ${figuresOf(list)} Say what was disclosed, and only then what was not: “Apart from email addresses, no personal data was disclosed.”`,
  ];
}

function showsNoAddress(text: StatementText, { ownAddresses }: GateFacts): Finding {
  const found = parts(text).flatMap(({ title, markdown }) =>
    strangersIn(markdown, ownAddresses).map((address) => ({ title, address: maskedAddress(address) })),
  );
  const [first] = found;
  if (!first) return ['pass', 'The text shows no address but the site’s own contacts.'];
  const more = found.length > 1 ? ` and ${found.length - 1} more` : '';
  return [
    'block',
    `${first.title} has an email address in it: ${first.address}${more}. Take it out. An address of your own belongs among the contacts in the site’s settings.`,
  ];
}

function countsAgree(text: StatementText, { list }: GateFacts): Finding {
  const { figures, figuresNote } = completed(text);
  if (figures.length === 0) return ['pass', 'The text lists no figures of its own.'];
  const undated = figures.find(({ asOf }) => !asOf);
  if (undated) {
    return [
      'warn',
      `“${canonicalWords.figure(undated)}” does not say as of when. Give the time at which it was true.`,
    ];
  }
  const counted = list?.exposedAddresses;
  const people = figures.filter(({ of }) => of === 'people');
  if (!list || counted === undefined || people.length === 0 || figuresNote.trim()) {
    return ['pass', 'Every figure says how well it is known, and as of when.'];
  }
  if (people.some((figure) => covers(figure, counted))) {
    return ['pass', 'Every figure is dated, and one agrees with the imported list.'];
  }
  return [
    'block',
    `No figure of people agrees with the list. ${figuresOf(list)} Correct the figure, or say beneath the figures why they differ.`,
  ];
}

/** An estimate may be a tenth away. */
function covers({ from, to, precision }: StatementFigure, counted: number): boolean {
  if (to !== null) return from <= counted && counted <= to;
  return precision === 'estimated' ? Math.abs(from - counted) <= counted / 10 : from === counted;
}

function offersAction(text: StatementText, { kind }: GateFacts): Finding {
  const listed = completed(text).steps.length;
  if (listed > 0)
    return ['pass', listed === 1 ? 'One thing to do is listed.' : `${listed} things to do are listed.`];
  const actions = text.whatYouCanDo.match(/^[ \t]{0,3}(?:\d{1,9}[.)]|[-*+])[ \t]+\S/gm)?.length ?? 0;
  if (actions > 0)
    return ['pass', actions === 1 ? 'One thing to do is listed.' : `${actions} things to do are listed.`];
  if (text.whatYouCanDo.trim()) {
    return ['warn', 'What you can do has no list. Number the steps, the most urgent first, each with why.'];
  }
  const sentence = 'The text gives the reader nothing to do. List at least one step under “What you can do”.';
  return [kind === 'holding_line' ? 'warn' : 'block', sentence];
}

function promisesUpdate(text: StatementText, { kind, now }: GateFacts): Finding {
  if (endsTheAccount(kind))
    return ['pass', 'This kind of statement ends the account: no further update is due.'];
  if (!text.nextUpdateAt) {
    return [
      'warn',
      'No next update is promised. Say when readers will hear from you again, even if there is nothing new.',
    ];
  }
  if (new Date(text.nextUpdateAt) <= now) {
    return ['warn', 'The promised next update lies in the past. Give the time of the one that comes.'];
  }
  return ['pass', 'The next update is promised for a time to come.'];
}

function explainsChange(_text: StatementText, { isCorrection, changeSummary }: GateFacts): Finding {
  if (!isCorrection) return ['pass', 'This is the first version: there is no change to explain.'];
  if (changeSummary.trim()) return ['pass', 'The change is explained.'];
  return [
    'block',
    'A published text changes, and nobody says why. Write what changes and why: it is shown with the revision.',
  ];
}

function hasSecondPerson(_text: StatementText, { writerIds, approverId }: GateFacts): Finding {
  if (approverId === null)
    return ['pass', 'Not approved yet: somebody who has not written on it has to approve.'];
  if (writerIds.includes(approverId)) {
    return ['block', 'Who approved it has also written on it. Somebody else has to approve.'];
  }
  return ['pass', 'Somebody who has not written on it has approved.'];
}

function parts(text: StatementText): { title: string; markdown: string }[] {
  const { involved, notInvolved } = completed(text);
  return [
    { title: 'The title', markdown: text.title },
    { title: 'The summary', markdown: text.summary },
    { title: 'The line of what was involved', markdown: involved },
    // A denial without its verb.
    { title: 'The line of what was not', markdown: notInvolved && `${notInvolved} were not disclosed.` },
    ...sectionsOf(text, canonicalWords).map(({ title, markdown }) => ({ title: `“${title}”`, markdown })),
    { title: 'The author line', markdown: `${text.authorName}, ${text.authorTitle}` },
  ];
}
