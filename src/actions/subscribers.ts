import { defineAction } from 'astro:actions';
import {
  chooseOwnPreferences,
  confirmSubscription,
  requestSubscription,
} from '#src/domain/subscribers/commands.ts';
import { confirmInput, preferencesInput, subscribeInput } from '#src/domain/subscribers/input.ts';
import { asAnyone } from './as-anyone.ts';
import { asCustomer } from './as-customer.ts';

export const subscribers = {
  /** The answer is the same for every address; it echoes what was typed, so that a mistake is seen. */
  subscribe: defineAction({
    accept: 'form',
    input: subscribeInput,
    handler: asAnyone(async (input, { app, clientAddress, now }) => {
      await requestSubscription(app.db, app.keys, { ...input, clientAddress }, now);
      return { address: input.address };
    }),
  }),
  confirm: defineAction({
    accept: 'form',
    input: confirmInput,
    handler: asAnyone((input, { app, now }) => confirmSubscription(app.db, app.keys, input, now)),
  }),
  choose: defineAction({
    accept: 'form',
    input: preferencesInput,
    handler: asCustomer((input, { app, customer, now }) =>
      chooseOwnPreferences(app.db, app.keys, customer, input, now),
    ),
  }),
};
