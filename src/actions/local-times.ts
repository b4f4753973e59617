import { ActionError } from 'astro:actions';
import { parseLocalMoment } from '#src/text/dates.ts';

/**
 * A `datetime-local` field, read as the wall clock of the site's zone.
 *
 * @throws ActionError for the field when no clock there shows it.
 */
export function momentFrom(field: string, text: string, timeZone: string): Date {
  const moment = parseLocalMoment(text, timeZone);
  if (moment) return moment;
  throw fieldErrors({ [field]: `This is no time that clocks in ${timeZone} show. Give date and time.` });
}

/** Tells the form which fields are wrong, in the shape in which Astro tells what zod found. */
export function fieldErrors(problems: Readonly<Record<string, string>>): ActionError {
  const issues = Object.entries(problems).map(([field, message]) => ({
    code: 'custom',
    path: [field],
    message,
  }));
  return ActionError.fromJson({ type: 'AstroActionInputError', issues });
}
