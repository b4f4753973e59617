import { ActionError, type ActionAPIContext } from 'astro:actions';
import type { Customer } from '#src/domain/accounts/people.ts';
import { answerForm } from './refusals.ts';

export type CustomerAsking = {
  app: App.Locals['app'];
  customer: Customer;
  now: Date;
  context: ActionAPIContext;
};

/** An action for a signed-in customer: `handler: asCustomer((input, { app, customer, now }) => …)`. */
export function asCustomer<Input, Output>(act: (input: Input, asking: CustomerAsking) => Promise<Output>) {
  return (input: Input, context: ActionAPIContext): Promise<Output> =>
    answerForm(context, async () => {
      const { app, customer } = context.locals;
      if (!customer) {
        throw new ActionError({
          code: 'UNAUTHORIZED',
          message: context.locals.t('refusal.signedOut'),
        });
      }
      return act(input, { app, customer, now: app.now(), context });
    });
}
