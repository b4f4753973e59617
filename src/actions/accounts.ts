import { defineAction, type ActionAPIContext } from 'astro:actions';
import { addStaff, changeRole, deactivateStaff, inviteAgain } from '#src/domain/accounts/commands.ts';
import {
  addressInput,
  addStaffInput,
  changeRoleInput,
  redeemInput,
  secondFactorInput,
  setUpInput,
  staffInput,
  type Redeem,
} from '#src/domain/accounts/input.ts';
import { requestProof } from '#src/domain/accounts/proofs.ts';
import { giveSecondFactor } from '#src/domain/accounts/second-factor.ts';
import { endSession } from '#src/domain/accounts/sessions.ts';
import { completeSetUp } from '#src/domain/accounts/set-up.ts';
import { addAddress, requestAddress, signInCustomer, signInStaff } from '#src/domain/accounts/sign-in.ts';
import { clearCookie, readCookie, setCookie, type CookieName } from '#src/http/cookies.ts';
import { asAnyone } from './as-anyone.ts';
import { asCustomer } from './as-customer.ts';
import { asStaff } from './as-staff.ts';

export const accounts = {
  requestSignIn: defineAction({
    accept: 'form',
    input: addressInput,
    handler: asAnyone(async ({ address }, { app, clientAddress, now, context }) => {
      const wanted = { purpose: 'customer_sign_in', address, clientAddress } as const;
      remember(context, 'customer_asked', await requestProof(app.db, app.keys, wanted, now));
    }),
  }),

  signIn: defineAction({
    accept: 'form',
    input: redeemInput,
    handler: asAnyone(async (input, { app, now, context }) => {
      const token = await signInCustomer(app.db, app.keys, redeemedIn(context, 'customer_asked', input), now);
      await replaceSession(context, 'customer', token);
      app.log.info('customer_signed_in', { requestId: context.locals.requestId });
    }),
  }),

  requestAddress: defineAction({
    accept: 'form',
    input: addressInput,
    handler: asCustomer(async ({ address }, { app, customer, now, context }) => {
      const { clientAddress, customerSignedInAt: signedInAt } = context.locals;
      const wanted = { address, clientAddress, signedInAt };
      remember(context, 'customer_asked', await requestAddress(app.db, app.keys, customer, wanted, now));
    }),
  }),

  addAddress: defineAction({
    accept: 'form',
    input: redeemInput,
    handler: asCustomer(async (input, { app, customer, now, context }) => {
      await addAddress(app.db, app.keys, customer, redeemedIn(context, 'customer_asked', input), now);
      clearCookie(context.cookies, 'customer_asked', app.settings.publicUrl);
    }),
  }),

  requestStaffSignIn: defineAction({
    accept: 'form',
    input: addressInput,
    handler: asAnyone(async ({ address }, { app, clientAddress, now, context }) => {
      const wanted = { purpose: 'staff_sign_in', address, clientAddress } as const;
      remember(context, 'staff_asked', await requestProof(app.db, app.keys, wanted, now));
    }),
  }),

  signInStaff: defineAction({
    accept: 'form',
    input: redeemInput,
    handler: asAnyone(async (input, { app, now, context }) => {
      const token = await signInStaff(app.db, app.keys, redeemedIn(context, 'staff_asked', input), now);
      await replaceSession(context, 'staff', token);
    }),
  }),

  giveSecondFactor: defineAction({
    accept: 'form',
    input: secondFactorInput,
    handler: asAnyone(async ({ code }, { app, now, context }) => {
      const sessionToken = readCookie(context.cookies, 'staff', app.settings.publicUrl);
      const token = await giveSecondFactor(app.db, app.keys, { sessionToken, code }, now);
      setCookie(context.cookies, 'staff', token, app.settings.publicUrl);
      app.log.info('staff_signed_in', { requestId: context.locals.requestId });
    }),
  }),

  completeSetUp: defineAction({
    accept: 'form',
    input: setUpInput,
    handler: asAnyone(async (input, { app, now, context }) => {
      const { staff, sessionToken, recoveryCodes } = await completeSetUp(app.db, app.keys, input, now);
      await replaceSession(context, 'staff', sessionToken);
      app.log.info('staff_set_up', { requestId: context.locals.requestId, staffId: staff.id });
      return { recoveryCodes };
    }),
  }),

  addStaff: defineAction({
    accept: 'form',
    input: addStaffInput,
    handler: asStaff('owner', (input, { app, staff, now }) =>
      addStaff(app.db, app.keys, staff, { ...input, publicUrl: app.settings.publicUrl }, now),
    ),
  }),

  inviteAgain: defineAction({
    accept: 'form',
    input: staffInput,
    handler: asStaff('owner', ({ staffId }, { app, staff, now }) =>
      inviteAgain(app.db, staff, { staffId, publicUrl: app.settings.publicUrl }, now),
    ),
  }),

  changeRole: defineAction({
    accept: 'form',
    input: changeRoleInput,
    handler: asStaff('owner', (input, { app, staff, now }) => changeRole(app.db, staff, input, now)),
  }),

  deactivateStaff: defineAction({
    accept: 'form',
    input: staffInput,
    handler: asStaff('owner', ({ staffId }, { app, staff, now }) =>
      deactivateStaff(app.db, staff, staffId, now),
    ),
  }),
};

function remember(context: ActionAPIContext, cookie: CookieName, browserSecret: string): void {
  setCookie(context.cookies, cookie, browserSecret, context.locals.app.settings.publicUrl);
}

/** What was typed or opened, with the secret of this browser. */
function redeemedIn(context: ActionAPIContext, cookie: CookieName, { code = '', token }: Redeem) {
  const browserSecret = readCookie(context.cookies, cookie, context.locals.app.settings.publicUrl);
  return token === undefined ? { browserSecret, code } : { browserSecret, token };
}

/** The session this browser had ends: nothing that was known before the sign-in opens what comes after it. */
async function replaceSession(context: ActionAPIContext, kind: 'customer' | 'staff', token: string) {
  const { app } = context.locals;
  const { publicUrl } = app.settings;
  const before = readCookie(context.cookies, kind, publicUrl);
  if (before) await endSession(app.db, before);
  setCookie(context.cookies, kind, token, publicUrl);
  clearCookie(context.cookies, `${kind}_asked`, publicUrl);
}
