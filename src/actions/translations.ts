import { defineAction } from 'astro:actions';
import { z } from 'zod';
import { optionalText } from '#src/domain/form-fields.ts';
import { publishTranslation, saveTranslation } from '#src/domain/translations/commands.ts';
import { translationForm, TRANSLATED_MAX } from '#src/domain/translations/input.ts';
import { textWords } from '#src/words/statements.ts';
import { asStaff } from './as-staff.ts';

const word = optionalText(TRANSLATED_MAX).transform((text) => text.replace(/\r\n?/g, '\n'));

export const translations = {
  save: defineAction({
    accept: 'form',
    input: translationForm.extend({
      name: z.array(z.string().max(60)).max(200),
      word: z.array(word).max(200),
    }),
    handler: asStaff('editor', async ({ name, word, ...input }, { app, staff, now }) => {
      const words = Object.fromEntries(name.map((each, index) => [each, word[index] ?? '']));
      await saveTranslation(app.db, staff, { ...input, words }, now);
      return input;
    }),
  }),
  publish: defineAction({
    accept: 'form',
    input: translationForm,
    handler: asStaff('approver', async (input, { app, staff, now }) => {
      await publishTranslation(app.db, staff, input, textWords(app.messages.in(input.language)), now);
      return input;
    }),
  }),
};
