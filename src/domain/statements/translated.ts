import type { StatementText, TranslatedWords } from '#db/schema/index.ts';
import { completed, type CompleteText } from './details.ts';
import type { Revision } from './queries.ts';

/** A piece of a text to be translated. `name` says where it belongs. */
export type TextPart = { name: string; label: string; source: string; long: boolean };

const lines = {
  title: 'Title',
  summary: 'Summary',
  involved: 'What was involved',
  notInvolved: 'What was not',
  authorTitle: 'Role of the author',
  approverTitle: 'Role of who approved',
  audience: 'For whom this is',
  contact: 'Contact',
  dataProtectionContact: 'Data protection contact',
} as const satisfies Partial<Record<keyof CompleteText, string>>;

const texts = {
  whatHappened: 'What happened',
  delayReason: 'Why readers hear of it only now',
  whatInformation: 'What information was involved',
  figuresNote: 'About the figures',
  recipients: 'Who received it',
  deletionAsked: 'Whether they were asked to delete it',
  consequences: 'What may follow from it',
  unknowns: 'What is not known yet',
  whatWeAreDoing: 'What we are doing',
  whatYouCanDo: 'What you can do',
  neverAsk: 'What we will never ask',
  writeFrom: 'Where messages come from',
  forMoreInformation: 'For more information',
} as const satisfies Partial<Record<keyof CompleteText, string>>;

/** Every piece of a revision that has words in it, in the order of the page. */
export function partsOfRevision({
  text,
  changeSummary,
}: Pick<Revision, 'text' | 'changeSummary'>): TextPart[] {
  const full = completed(text);
  const part = (name: string, label: string, source: string, long = false) => ({ name, label, source, long });
  const all = [
    part('changeSummary', 'What changed', changeSummary, true),
    ...(Object.keys(lines) as (keyof typeof lines)[]).map((name) => part(name, lines[name], full[name])),
    ...(Object.keys(texts) as (keyof typeof texts)[]).map((name) =>
      part(name, texts[name], full[name], true),
    ),
    ...full.figures.flatMap(({ detail, supersedes }, row) => [
      part(`figures.${row}.detail`, `Figure ${row + 1}`, detail),
      part(`figures.${row}.supersedes`, `Figure ${row + 1}, in place of`, supersedes),
    ]),
    ...full.actions.map(({ text: what }, row) => part(`actions.${row}.text`, `Action ${row + 1}`, what)),
    ...full.steps.flatMap(({ what, why }, row) => [
      part(`steps.${row}.what`, `Step ${row + 1}`, what),
      part(`steps.${row}.why`, `Step ${row + 1}, why`, why),
    ]),
    ...full.authorities.map(({ name }, row) => part(`authorities.${row}.name`, `Authority ${row + 1}`, name)),
  ];
  return all.filter(({ source }) => source.trim() !== '');
}

/** The same text with other words; its times and numbers are those of the original. */
export function translatedText(text: StatementText, words: TranslatedWords): StatementText {
  const full = completed(text);
  const word = (name: string, otherwise: string) => words[name] ?? otherwise;
  const named = [...Object.keys(lines), ...Object.keys(texts)] as (keyof typeof lines | keyof typeof texts)[];
  return {
    ...full,
    ...Object.fromEntries(named.map((name) => [name, word(name, full[name])])),
    figures: full.figures.map((figure, row) => ({
      ...figure,
      detail: word(`figures.${row}.detail`, figure.detail),
      supersedes: word(`figures.${row}.supersedes`, figure.supersedes),
    })),
    actions: full.actions.map((action, row) => ({
      ...action,
      text: word(`actions.${row}.text`, action.text),
    })),
    steps: full.steps.map((step, row) => ({
      ...step,
      what: word(`steps.${row}.what`, step.what),
      why: word(`steps.${row}.why`, step.why),
    })),
    authorities: full.authorities.map((authority, row) => ({
      ...authority,
      name: word(`authorities.${row}.name`, authority.name),
    })),
  };
}
