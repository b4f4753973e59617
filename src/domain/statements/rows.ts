import type {
  StatementAction,
  StatementFigure,
  StatementStep,
  StatementText,
  ToldAuthority,
} from '#db/schema/index.ts';
import { formatLocalMoment, parseLocalMoment } from '#src/text/dates.ts';
import { completed } from './details.ts';

/** The lists of a statement's form: how many rows at most, and the fields of one. */
export const rowLists = {
  figure: { max: 6, fields: ['Of', 'From', 'To', 'Precision', 'AsOf', 'Detail', 'Supersedes'] },
  action: { max: 12, fields: ['On', 'Text'] },
  step: { max: 10, fields: ['What', 'Why', 'Urgency'] },
  authority: { max: 8, fields: ['Name', 'ToldAt', 'Reference', 'Public'] },
} as const;

export type RowList = keyof typeof rowLists;
type Fields = { [List in RowList]: (typeof rowLists)[List]['fields'][number] };
/** `step3Why`. */
export type RowName = { [List in RowList]: `${List}${number}${Fields[List]}` }[RowList];
/** What was typed into the rows, under each field's name. */
export type RowWords = Readonly<Record<RowName, string>>;

export const rowNames: readonly RowName[] = (Object.keys(rowLists) as RowList[]).flatMap((list) => {
  const { max, fields } = rowLists[list];
  return Array.from({ length: max }, (_, row) =>
    fields.map((field) => `${list}${row + 1}${field}` as RowName),
  ).flat();
});

/** How many rows to draw: those that are filled, and two to add, so that saving makes room for more. */
export function rowsShown(list: RowList, value: (name: RowName) => string): number {
  const { max } = rowLists[list];
  let filled = max;
  while (filled > 0 && !isFilled(list, filled, value)) filled -= 1;
  return Math.min(max, filled + 2);
}

const leads = {
  figure: ['From', 'To', 'Detail', 'Supersedes'],
  action: ['Text', 'On'],
  step: ['What', 'Why'],
  authority: ['Name', 'ToldAt', 'Reference'],
} as const;

function isFilled(list: RowList, row: number, value: (name: RowName) => string): boolean {
  return leads[list].some((field) => value(`${list}${row}${field}` as RowName) !== '');
}

export type Rows = {
  figures: StatementFigure[];
  actions: StatementAction[];
  steps: StatementStep[];
  authorities: ToldAuthority[];
  /** Not for the public. */
  deskAuthorities: ToldAuthority[];
};

/** The rows as they were saved, field by field. */
export function wordsFromRows(
  text: StatementText,
  deskAuthorities: readonly ToldAuthority[],
  timeZone: string,
): RowWords {
  const { figures, actions, steps, authorities } = completed(text);
  const local = (iso: string) => (iso ? formatLocalMoment(new Date(iso), timeZone) : '');
  const words: Record<RowName, string> = Object.fromEntries(rowNames.map((name) => [name, '']));
  const put = (list: RowList, rows: readonly Record<string, string>[]) =>
    rows.slice(0, rowLists[list].max).forEach((row, index) => {
      for (const [field, value] of Object.entries(row))
        words[`${list}${index + 1}${field}` as RowName] = value;
    });
  put(
    'figure',
    figures.map(({ of, from, to, precision, asOf, detail, supersedes }) => ({
      Of: of,
      From: String(from),
      To: to === null ? '' : String(to),
      Precision: precision,
      AsOf: local(asOf),
      Detail: detail,
      Supersedes: supersedes,
    })),
  );
  put(
    'action',
    actions.map(({ on, text: what }) => ({ On: on, Text: what })),
  );
  put(
    'step',
    steps.map(({ what, why, urgency }) => ({ What: what, Why: why, Urgency: urgency })),
  );
  const told = (rows: readonly ToldAuthority[], isPublic: 'yes' | 'no') =>
    rows.map(({ name, toldAt, reference }) => ({
      Name: name,
      ToldAt: local(toldAt),
      Reference: reference,
      Public: isPublic,
    }));
  put('authority', [...told(authorities, 'yes'), ...told(deskAuthorities, 'no')]);
  return words;
}

/** Reads the rows; an empty one is left out, and what cannot be read is told by field. */
export function rowsFromWords(
  words: RowWords,
  timeZone: string,
): { rows: Rows; problems: Record<string, string> } {
  const problems: Record<string, string> = {};
  const moment = (name: RowName): string => {
    if (!words[name]) return '';
    const at = parseLocalMoment(words[name], timeZone);
    if (!at) problems[name] = `This is no time that clocks in ${timeZone} show. Give date and time.`;
    return at?.toISOString() ?? '';
  };
  const each = <Row>(list: RowList, read: (at: (field: string) => RowName) => Row) =>
    Array.from({ length: rowLists[list].max }, (_, index) => index + 1)
      .filter((row) => isFilled(list, row, (name) => words[name] ?? ''))
      .map((row) => read((field) => `${list}${row}${field}` as RowName));

  const figures = each('figure', (at) => readFigure(words, at, problems, moment));
  const actions = each('action', (at): StatementAction => {
    const [on, text] = [words[at('On')] ?? '', words[at('Text')] ?? ''];
    if (on && !isDay(on)) problems[at('On')] = 'This is no day of the calendar.';
    if (!text) problems[at('Text')] = 'Say what was done.';
    return { on, text };
  });
  const steps = each('step', (at): StatementStep => {
    const [what, why, urgency] = [words[at('What')] ?? '', words[at('Why')] ?? '', words[at('Urgency')]];
    if (!what) problems[at('What')] = 'Say what to do.';
    return { what, why, urgency: urgency === 'now' || urgency === 'later' ? urgency : 'soon' };
  });
  const told = each('authority', (at) => {
    const name = words[at('Name')] ?? '';
    if (!name) problems[at('Name')] = 'Name the authority.';
    const authority = { name, toldAt: moment(at('ToldAt')), reference: words[at('Reference')] ?? '' };
    // Silence is not consent: only a plain yes makes it public.
    return { authority, isPublic: words[at('Public')] === 'yes' };
  });
  const authoritiesOf = (wanted: boolean) =>
    told.filter(({ isPublic }) => isPublic === wanted).map(({ authority }) => authority);
  return {
    rows: {
      figures,
      actions,
      steps,
      authorities: authoritiesOf(true),
      deskAuthorities: authoritiesOf(false),
    },
    problems,
  };
}

function readFigure(
  words: RowWords,
  at: (field: string) => RowName,
  problems: Record<string, string>,
  moment: (name: RowName) => string,
): StatementFigure {
  const number = (field: string): number | null => {
    const typed = (words[at(field)] ?? '').replace(/[\s,.’']/g, '');
    if (typed === '') return null;
    if (/^\d{1,12}$/.test(typed)) return Number(typed);
    problems[at(field)] = 'Give a whole number.';
    return null;
  };
  const [from, to] = [number('From'), number('To')];
  if (from === null) problems[at('From')] ??= 'Give the number.';
  if (from !== null && to !== null && to < from) problems[at('To')] = 'It is smaller than the first number.';
  const estimated = words[at('Precision')] === 'estimated';
  return {
    of: words[at('Of')] === 'records' ? 'records' : 'people',
    from: from ?? 0,
    to,
    precision: estimated ? 'estimated' : to === null ? 'exact' : 'range',
    asOf: moment(at('AsOf')),
    detail: words[at('Detail')] ?? '',
    supersedes: words[at('Supersedes')] ?? '',
  };
}

function isDay(text: string): boolean {
  return /^[1-9]\d{3}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}
