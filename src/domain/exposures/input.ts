import { z } from 'zod';
import { optionalText, requiredText } from '../form-fields.ts';
import { parseSegments, UNSEALED } from './import/segments.ts';

export const acknowledgeInput = z.object({ addressId: z.string(), listId: z.string() });

export const listInput = z.object({ listId: z.string() });

export const importInput = z.object({ importId: z.string() });

const REASON_MAX = 300;

const NO_REASON = 'Say why the number changes: it is shown with it, to everybody.';

/** Why one list takes another's place, for everybody to read. */
export const replacingReason = requiredText(REASON_MAX, NO_REASON);

/** The version it takes the place of is the one whose difference was shown. The first list of an incident has neither. */
export const applyInput = z
  .object({
    listId: z.string(),
    version: z.coerce.number().int().positive().optional(),
    reason: optionalText(REASON_MAX),
  })
  .refine(({ version, reason }) => version === undefined || reason !== '', {
    path: ['reason'],
    message: NO_REASON,
  });

export type ReplaceExposures = { listId: string; version: number; reason: string };

/** The incident's address of its page, typed: destroying cannot be undone. */
export const destroyInput = z.object({
  incidentId: z.string(),
  slug: requiredText(200, 'Type the name of the incident as it is written above.'),
});

export type DestroyExposures = z.infer<typeof destroyInput>;

const day = z.iso.date('Give a day.').transform((text) => new Date(`${text}T00:00:00Z`));

/** Chosen in place of an incident's slug, which it can never be. */
export const NEW_INCIDENT = '+';

const incidentChoice = z
  .object({
    incident: z.string('Choose an incident.').min(1, 'Choose an incident.'),
    newTitle: z.string().trim().max(140, 'Use 140 characters at most.').default(''),
  })
  .refine(({ incident, newTitle }) => incident !== NEW_INCIDENT || newTitle !== '', {
    path: ['newTitle'],
    message: 'Give the new incident a title.',
  })
  .refine(({ incident, newTitle }) => incident === NEW_INCIDENT || newTitle === '', {
    path: ['newTitle'],
    message: 'Empty this, or choose a new incident above.',
  });

const seal = z.discriminatedUnion(
  'seal',
  [z.object({ seal: z.literal('until'), sealUntil: day }), z.object({ seal: z.literal('answer_only') })],
  'Choose what to keep.',
);

/** A segment on each line: `NAME: column=value`. */
const segments = z
  .string()
  .default('')
  .transform((text, context) => {
    const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== '');
    const read = parseSegments(lines);
    if (read.ok) return read.segments;
    context.addIssue({ code: 'custom', message: read.reason });
    return z.NEVER;
  });

/** The fields of an upload, which come before its files. */
export const uploadInput = z
  .object({
    segments,
    dryRun: z.literal('on').optional(),
    /** Of the import, from the page that watches it from its beginning. */
    importId: z
      .string()
      .regex(/^[a-z0-9]{12}$/)
      .optional(),
  })
  .and(incidentChoice)
  .and(seal)
  .refine((fields) => fields.segments.length === 0 || fields.seal === 'until', {
    path: ['segments'],
    message: UNSEALED,
  })
  .transform((fields) => ({
    incident:
      fields.incident === NEW_INCIDENT ? { newTitle: fields.newTitle } : { incidentSlug: fields.incident },
    seal: fields.seal === 'until' ? { until: fields.sealUntil } : fields.seal,
    segments: fields.segments,
    dryRun: fields.dryRun === 'on',
    importId: fields.importId,
  }));

export type Upload = z.infer<typeof uploadInput>;
