import { defineAction } from 'astro:actions';
import { answerSupportQuestion, makeSupportCode } from '#src/domain/support-questions/commands.ts';
import { supportCodeInput, supportQuestionInput } from '#src/domain/support-questions/input.ts';
import { asCustomer } from './as-customer.ts';
import { asStaff } from './as-staff.ts';

/** What these return stands in the answer to the form and nowhere else: no address of a page has it. */
export const supportQuestions = {
  makeCode: defineAction({
    accept: 'form',
    input: supportCodeInput,
    handler: asCustomer((input, { app, customer, now }) =>
      makeSupportCode(app.db, app.keys, customer, input, now),
    ),
  }),
  answer: defineAction({
    accept: 'form',
    input: supportQuestionInput,
    handler: asStaff('editor', (input, { app, staff, now }) =>
      answerSupportQuestion(app.db, app.keys, staff, input, now),
    ),
  }),
};
