import { z } from 'zod';
import { statementKinds, type ClockTime, type StatementText } from '#db/schema/index.ts';
import { formatLocalMoment, parseLocalMoment } from '#src/text/dates.ts';
import { optionalText, requiredText, subjectId, ticked } from '../form-fields.ts';
import type { StatementKind } from './rules.ts';

const line = (max: number) => optionalText(max).transform((text) => text.replace(/\s+/g, ' '));
const section = optionalText(20_000).transform((text) => text.replace(/\r\n?/g, '\n'));
const localTime = optionalText(40);

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
  awareEstimated: ticked,
  containedAt: localTime,
  containedEstimated: ticked,
  nextUpdateAt: localTime,
  authorName: line(80),
  authorTitle: line(80),
});

export type StatementForm = z.infer<typeof statementForm>;

/** The form as it is before anybody types: the text as it was saved. */
export function formFromText(text: StatementText, timeZone: string): StatementForm {
  const local = (iso: string | null | undefined) => (iso ? formatLocalMoment(new Date(iso), timeZone) : '');
  const { occurredAt, awareAt, containedAt, nextUpdateAt, ...words } = text;
  return {
    ...words,
    occurredAt: local(occurredAt?.at),
    occurredUntil: local(occurredAt?.until),
    occurredEstimated: occurredAt?.precision === 'estimated',
    awareAt: local(awareAt?.at),
    awareEstimated: awareAt?.precision === 'estimated',
    containedAt: local(containedAt?.at),
    containedEstimated: containedAt?.precision === 'estimated',
    nextUpdateAt: local(nextUpdateAt),
  };
}

/** Field → what is wrong with it, in plain words. */
export type FieldProblems = Readonly<Record<string, string>>;

/** Reads the form's times in the site's zone; what is no time there is told by field. */
export function textFromForm(
  form: StatementForm,
  timeZone: string,
): { text: StatementText; problems?: never } | { text?: never; problems: FieldProblems } {
  const problems: Record<string, string> = {};
  const read = (field: 'occurredAt' | 'occurredUntil' | 'awareAt' | 'containedAt' | 'nextUpdateAt') => {
    if (form[field] === '') return null;
    const moment = parseLocalMoment(form[field], timeZone);
    if (!moment) problems[field] = `This is no time that clocks in ${timeZone} show. Give date and time.`;
    return moment?.toISOString() ?? null;
  };
  const until = read('occurredUntil');
  const occurredAt = clockTime(read('occurredAt'), until, form.occurredEstimated);
  if (until && (!occurredAt || until < occurredAt.at)) {
    problems['occurredUntil'] = 'The end lies before the beginning, or the beginning is missing.';
  }
  const text: StatementText = {
    title: form.title,
    summary: form.summary,
    whatHappened: form.whatHappened,
    whatInformation: form.whatInformation,
    whatWeAreDoing: form.whatWeAreDoing,
    whatYouCanDo: form.whatYouCanDo,
    forMoreInformation: form.forMoreInformation,
    occurredAt,
    awareAt: clockTime(read('awareAt'), null, form.awareEstimated),
    containedAt: clockTime(read('containedAt'), null, form.containedEstimated),
    nextUpdateAt: read('nextUpdateAt'),
    authorName: form.authorName,
    authorTitle: form.authorTitle,
  };
  return Object.keys(problems).length > 0 ? { problems } : { text };
}

function clockTime(at: string | null, until: string | null, estimated: boolean): ClockTime | null {
  if (!at) return null;
  if (until) return { at, until, precision: estimated ? 'estimated' : 'range' };
  return { at, precision: estimated ? 'estimated' : 'exact' };
}

export const draftStatementForm = z.object({
  incidentId: subjectId,
  kind: z.enum(statementKinds),
  title: requiredText(140, 'Give it a title.'),
});

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
};
export type WithdrawStatement = {
  statementId: string;
  reason: string;
  publicUrl: string;
  draftBroadcasts?: boolean;
};
