import { defineAction, type ActionAPIContext } from 'astro:actions';
import { eraseEverything, hideResult, stopMessages } from '#src/domain/rights/commands.ts';
import { confirmedInput, hideInput } from '#src/domain/rights/input.ts';
import { clearCookie } from '#src/http/cookies.ts';
import { asCustomer } from './as-customer.ts';

/** What somebody decides about what is held about them. The page that follows says what was done. */
export const rights = {
  stopMessages: defineAction({
    accept: 'form',
    input: confirmedInput,
    handler: asCustomer((_, { app, customer, now, context }) =>
      stopMessages(app.db, app.keys, customer, proofIn(context), now),
    ),
  }),
  hideResult: defineAction({
    accept: 'form',
    input: hideInput,
    handler: asCustomer(({ addressIds }, { app, customer, now, context }) =>
      hideResult(app.db, app.keys, customer, { ...proofIn(context), addressIds }, now),
    ),
  }),
  eraseEverything: defineAction({
    accept: 'form',
    input: confirmedInput,
    handler: asCustomer(async (_, { app, customer, now, context }) => {
      const done = await eraseEverything(app.db, app.keys, customer, proofIn(context), now);
      clearCookie(context.cookies, 'customer', app.settings.publicUrl);
      clearCookie(context.cookies, 'customer_asked', app.settings.publicUrl);
      return done;
    }),
  }),
};

function proofIn({ locals }: ActionAPIContext) {
  return { signedInAt: locals.customerSignedInAt };
}
