import { z } from 'zod';
import { withoutOverrides } from '#src/text/direction.ts';

const figure = new Intl.NumberFormat('en');
const tooLong = (max: number) => `Use ${figure.format(max)} characters at most.`;

/** No database takes a NUL, and no text has one. */
const hasNoNul = (text: string) => !text.includes('\0');
const NUL_MESSAGE = 'There is an invisible NUL character in this text. Paste it again as plain text.';

/** A text that must be there. From a form an empty field arrives as null: it gets the same words. */
export const requiredText = (max: number, message: string) =>
  z
    .string(message)
    .overwrite(withoutOverrides)
    .trim()
    .min(1, message)
    .max(max, tooLong(max))
    .refine(hasNoNul, NUL_MESSAGE);

const inOneLine = (text: string) => text.replace(/\s+/gu, ' ');

/** A title or a name: one line, whatever was pasted. */
export const requiredLine = (max: number, message: string) =>
  z.string(message).overwrite(inOneLine).pipe(requiredText(max, message));

/** A text that may be left out; then it is empty. */
export const optionalText = (max: number) =>
  z
    .string()
    .overwrite(withoutOverrides)
    .trim()
    .max(max, tooLong(max))
    .refine(hasNoNul, NUL_MESSAGE)
    .nullish()
    .transform((text) => text ?? '');

/** An id chosen from a list whose first entry is "none". */
export const optionalChoice = z
  .string()
  .max(40)
  .nullish()
  .transform((id) => id || null);

/** The id of something this form is about. */
export const subjectId = z.string().max(40);

/** A box that is ticked or not. */
export const ticked = z.preprocess((value) => value === 'on' || value === true, z.boolean());
