import type { ActionAPIContext } from 'astro:actions';
import { answerForm } from './refusals.ts';

export type AnyoneAsking = {
  app: App.Locals['app'];
  /** For limits only. */
  clientAddress: string;
  now: Date;
  context: ActionAPIContext;
};

/** An action for everybody, signed in or not: `handler: asAnyone((input, { app, clientAddress, now }) => …)`. */
export function asAnyone<Input, Output>(act: (input: Input, asking: AnyoneAsking) => Promise<Output>) {
  return (input: Input, context: ActionAPIContext): Promise<Output> =>
    answerForm(context, async () => {
      const { app, clientAddress } = context.locals;
      return act(input, { app, clientAddress, now: app.now(), context });
    });
}
