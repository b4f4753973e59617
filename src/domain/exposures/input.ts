import { z } from 'zod';
import { optionalText, requiredText } from '../form-fields.ts';

export const acknowledgeInput = z.object({ addressId: z.string(), listId: z.string() });

export const listInput = z.object({ listId: z.string() });

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

/** The fields of an upload, which come before its files. */
export const uploadInput = z
  .object({ dryRun: z.literal('on').optional() })
  .and(incidentChoice)
  .and(seal)
  .transform((fields) => ({
    incident:
      fields.incident === NEW_INCIDENT ? { newTitle: fields.newTitle } : { incidentSlug: fields.incident },
    seal: fields.seal === 'until' ? { until: fields.sealUntil } : fields.seal,
    dryRun: fields.dryRun === 'on',
  }));

export type Upload = z.infer<typeof uploadInput>;
