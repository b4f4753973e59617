import { ActionError, type ActionAPIContext } from 'astro:actions';
import { assertRole, type Role, type StaffMember } from '#src/domain/actors.ts';
import { answerForm } from './refusals.ts';

export type StaffAsking = {
  app: App.Locals['app'];
  staff: StaffMember;
  now: Date;
  context: ActionAPIContext;
};

/** An action for staff with this role or more: `handler: asStaff('editor', (input, { app, staff, now }) => …)`. */
export function asStaff<Input, Output>(
  role: Role,
  act: (input: Input, asking: StaffAsking) => Promise<Output>,
) {
  return (input: Input, context: ActionAPIContext): Promise<Output> =>
    answerForm(context, async () => {
      const { app, staff } = context.locals;
      if (!staff) {
        throw new ActionError({
          code: 'UNAUTHORIZED',
          message: context.locals.t('refusal.signedOut'),
        });
      }
      assertRole(staff, role);
      return act(input, { app, staff, now: app.now(), context });
    });
}
