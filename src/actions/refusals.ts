import { ActionError, type ActionAPIContext, type ActionErrorCode } from 'astro:actions';
import { DomainError, type DomainErrorCode } from '#src/domain/errors.ts';
import { isForeign } from '#src/http/cross-site.ts';
import { errorFields } from '#src/log.ts';
import type { Translate } from '#src/messages/messages.ts';

const CODES: Readonly<Record<DomainErrorCode, ActionErrorCode>> = {
  not_found: 'NOT_FOUND',
  conflict: 'CONFLICT',
  forbidden: 'FORBIDDEN',
  invalid: 'BAD_REQUEST',
  unavailable: 'SERVICE_UNAVAILABLE',
};

/**
 * Runs an action's work. What a person can understand comes back as words for the form; everything else is logged and
 * comes back with its reference only. A form of another site gets nothing, on whatever route the action is called.
 */
export async function answerForm<Output>(
  context: ActionAPIContext,
  work: () => Promise<Output>,
): Promise<Output> {
  const { app, requestId, t } = context.locals;
  if (isForeign(context.request, app.settings.publicUrl)) {
    throw new ActionError({ code: 'FORBIDDEN', message: t('refusal.foreign') });
  }
  try {
    return await work();
  } catch (error) {
    if (error instanceof ActionError) throw error;
    if (error instanceof DomainError)
      throw new ActionError({ code: CODES[error.code], message: wordsOf(error, t) });
    app.log.error('action_failed', { requestId, route: context.routePattern, ...errorFields(error) });
    throw new ActionError({
      code: 'INTERNAL_SERVER_ERROR',
      message: t('refusal.failed', { reference: requestId }),
    });
  }
}

function wordsOf({ message, refused }: DomainError, t: Translate): string {
  return refused ? t(`refusal.${refused.refusal}`, refused.values) : message;
}
