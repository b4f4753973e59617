import { z } from 'zod';
import {
  changedParts,
  statementKinds,
  type ChangedPart,
  type ClockTime,
  type StatementText,
  type ToldAuthority,
} from '#db/schema/index.ts';
import { formatLocalMoment, parseLocalMoment } from '#src/text/dates.ts';
import { optionalText, requiredLine, requiredText, subjectId, ticked } from '../form-fields.ts';
import { completed } from './details.ts';
import { rowNames, rowsFromWords, wordsFromRows, type RowName, type RowWords } from './rows.ts';
import type { StatementKind } from './rules.ts';

const line = (max: number) => optionalText(max).transform((text) => text.replace(/\s+/g, ' '));
const section = optionalText(20_000).transform((text) => text.replace(/\r\n?/g, '\n'));
const localTime = optionalText(40);
const paragraphs = optionalText(4000).transform((text) => text.replace(/\r\n?/g, '\n'));
const rowShape = Object.fromEntries(rowNames.map((name) => [name, line(600)])) as Record<
  RowName,
  ReturnType<typeof line>
>;

/** The editor's form. Times are wall-clock times of the site's zone, as `datetime-local` gives them. */
export const statementForm = z.object({
  title: line(140),
  summary: line(400),
  whatHappened: section,
  whatInformation: section,
  whatWeAreDoing: section,
  whatYouCanDo: section,
  forMoreInformation: section,
  occurredAt: localTime,
  occurredUntil: localTime,
  occurredEstimated: ticked,
  awareAt: localTime,
  awareUntil: localTime,
  awareEstimated: ticked,
  containedAt: localTime,
  containedUntil: localTime,
  containedEstimated: ticked,
  nextUpdateAt: localTime,
  nextUpdateEstimated: ticked,
  authorName: line(80),
  authorTitle: line(80),
  legalEntity: line(120),
  tradingName: line(120),
  contact: line(200),
  dataProtectionContact: line(200),
  audience: line(200),
  involved: line(200),
  notInvolved: line(200),
  figuresNote: paragraphs,
  recipients: paragraphs,
  deletionAsked: paragraphs,
  consequences: paragraphs,
  unknowns: paragraphs,
  delayReason: paragraphs,
  neverAsk: paragraphs,
  writeFrom: paragraphs,
  ...rowShape,
});

export type StatementForm = z.infer<typeof statementForm> & RowWords;

/** The form as it is before anybody types: the text as it was saved. */
export function formFromText(
  text: StatementText,
  timeZone: string,
  deskAuthorities: readonly ToldAuthority[] = [],
): StatementForm {
  const local = (iso: string | null | undefined) => (iso ? formatLocalMoment(new Date(iso), timeZone) : '');
  const { occurredAt, awareAt, containedAt, nextUpdateAt, nextUpdatePrecision, ...words } = completed(text);
  const { figures, actions, steps, authorities, approverName, approverTitle, ...lines } = words;
  return {
    ...lines,
    ...wordsFromRows(text, deskAuthorities, timeZone),
    occurredAt: local(occurredAt?.at),
    occurredUntil: local(occurredAt?.until),
    occurredEstimated: occurredAt?.precision === 'estimated',
    awareAt: local(awareAt?.at),
    awareUntil: local(awareAt?.until),
    awareEstimated: awareAt?.precision === 'estimated',
    containedAt: local(containedAt?.at),
    containedUntil: local(containedAt?.until),
    containedEstimated: containedAt?.precision === 'estimated',
    nextUpdateAt: local(nextUpdateAt),
    nextUpdateEstimated: nextUpdatePrecision === 'estimated',
  };
}

type TimeField = `${'occurred' | 'aware' | 'contained'}${'At' | 'Until'}` | 'nextUpdateAt';

/** Field → what is wrong with it, in plain words. */
export type FieldProblems = Readonly<Record<string, string>>;

/** What a form says, of which the public text is one part; or what is wrong with it. */
type Read =
  | { text: StatementText; deskAuthorities: ToldAuthority[]; problems?: never }
  | { text?: never; problems: FieldProblems };

/** Reads the form's times in the site's zone; what is no time there, or no number, is told by field. */
export function textFromForm(form: StatementForm, timeZone: string): Read {
  const { rows, problems } = rowsFromWords(form, timeZone);
  const read = (field: TimeField) => {
    if (form[field] === '') return null;
    const moment = parseLocalMoment(form[field], timeZone);
    if (!moment) problems[field] = `This is no time that clocks in ${timeZone} show. Give date and time.`;
    return moment?.toISOString() ?? null;
  };
  const readRange = (name: 'occurred' | 'aware' | 'contained') => {
    const [at, until] = [read(`${name}At`), read(`${name}Until`)];
    if (until && (!at || until < at)) {
      problems[`${name}Until`] = 'The end lies before the beginning, or the beginning is missing.';
    }
    return clockTime(at, until, form[`${name}Estimated`]);
  };
  const { deskAuthorities, ...listed } = rows;
  const text: StatementText = {
    title: form.title,
    summary: form.summary,
    whatHappened: form.whatHappened,
    whatInformation: form.whatInformation,
    whatWeAreDoing: form.whatWeAreDoing,
    whatYouCanDo: form.whatYouCanDo,
    forMoreInformation: form.forMoreInformation,
    occurredAt: readRange('occurred'),
    awareAt: readRange('aware'),
    containedAt: readRange('contained'),
    nextUpdateAt: read('nextUpdateAt'),
    nextUpdatePrecision: form.nextUpdateEstimated ? 'estimated' : 'exact',
    authorName: form.authorName,
    authorTitle: form.authorTitle,
    legalEntity: form.legalEntity,
    tradingName: form.tradingName,
    contact: form.contact,
    dataProtectionContact: form.dataProtectionContact,
    audience: form.audience,
    involved: form.involved,
    notInvolved: form.notInvolved,
    figuresNote: form.figuresNote,
    recipients: form.recipients,
    deletionAsked: form.deletionAsked,
    consequences: form.consequences,
    unknowns: form.unknowns,
    delayReason: form.delayReason,
    neverAsk: form.neverAsk,
    writeFrom: form.writeFrom,
    ...listed,
  };
  return Object.keys(problems).length > 0 ? { problems } : { text, deskAuthorities };
}

function clockTime(at: string | null, until: string | null, estimated: boolean): ClockTime | null {
  if (!at) return null;
  if (until) return { at, until, precision: estimated ? 'estimated' : 'range' };
  return { at, precision: estimated ? 'estimated' : 'exact' };
}

export const draftStatementForm = z.object({
  incidentId: subjectId,
  kind: z.enum(statementKinds),
  title: requiredLine(140, 'Give it a title.'),
});

/** Before the id of a segment, where a duty goes to it. */
export const SEGMENT_CHOICE = 'segment:';

/** To whom a duty goes. `listVersion`: the version that was in force when the choice was shown. */
export const dutyChoice = z.object({
  duty: z
    .union([
      z.enum(['exposed', ...changedParts]),
      z.string().regex(new RegExp(`^${SEGMENT_CHOICE}[a-z0-9]{12}$`)),
    ])
    .default('exposed'),
  listVersion: z.coerce.number().int().min(0).default(0),
});

export function dutyToChanged({ duty, listVersion: version }: z.infer<typeof dutyChoice>) {
  return isPart(duty) ? { version, part: duty } : undefined;
}

export function dutyToSegment({ duty, listVersion: version }: z.infer<typeof dutyChoice>) {
  if (!duty.startsWith(SEGMENT_CHOICE)) return undefined;
  return { version, segmentId: duty.slice(SEGMENT_CHOICE.length) };
}

const isPart = (duty: string): duty is ChangedPart => changedParts.some((part) => part === duty);

export const changeSummary = optionalText(1000);

/** Why something is published against a check, or withdrawn. */
export const reason = requiredText(1000, 'Write the reason down.').min(
  15,
  'Write the reason in a sentence: it is kept.',
);

export type DraftStatement = {
  incidentId: string;
  kind: StatementKind;
  title: string;
  /** Made from the title when absent. */
  slug?: string;
  text?: Partial<StatementText>;
};
export type SaveDraft = {
  statementId: string;
  /** The version that was edited. */
  version: number;
  text: StatementText;
  /** Told, and not for the public. As they were unless given. */
  deskAuthorities?: readonly ToldAuthority[];
  /** Needed once the statement is public: what changes and why. */
  changeSummary?: string;
};

/** What the gate needs beside the database: the sender of the site's mail may stand in a text. */
export type GateSettings = { mailFrom?: string };
export type DraftVersion = GateSettings & { statementId: string; version: number };
export type OverrideCheck = DraftVersion & { check: string; reason: string };
export type PublishStatement = GateSettings & {
  statementId: string;
  publicUrl: string;
  /** Whether those who would be told get a draft of a mail. True unless told otherwise. */
  draftBroadcasts?: boolean;
  /** To whom the duty goes instead of everybody exposed: those whose answer this version of the list changed. */
  dutyToChanged?: { version: number; part: ChangedPart } | undefined;
  /** To whom it goes instead: the exposed people of a segment of this version. */
  dutyToSegment?: { version: number; segmentId: string } | undefined;
};
export type WithdrawStatement = {
  statementId: string;
  reason: string;
  publicUrl: string;
  draftBroadcasts?: boolean;
};
export type RedactRevision = {
  statementId: string;
  number: number;
  reason: string;
  /** Takes the place of the title that the withdrawal kept, which goes too. Its address stays. */
  titleInstead?: string;
};
