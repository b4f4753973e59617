import { isInputError } from 'astro:actions';
import type { MessageKey, Translate } from '#src/messages/messages.ts';

/** What a form that was refused shows when it is drawn again. */
export type FormState = {
  /** What was typed into a field. */
  value(name: string): string;
  /** What is wrong with a field. */
  error(name: string): string | undefined;
  /** The same for all fields: field → what is wrong with it. */
  errors: Readonly<Record<string, string>>;
  /** What is wrong with the whole. */
  message: string | undefined;
};

type ActionResult = { error?: unknown } | undefined;

/** Empty until the action was called on this page and refused. `t` says what readers can be refused for. */
export async function formState(result: ActionResult, request: Request, t?: Translate): Promise<FormState> {
  const error = result?.error;
  if (!error) return { value: () => '', error: () => undefined, errors: {}, message: undefined };
  const posted = request.bodyUsed ? new FormData() : await request.clone().formData();
  const fields: Partial<Record<string, string[]>> = isInputError(error) ? error.fields : {};
  const errors = Object.fromEntries(
    Object.entries(fields).flatMap(([name, messages]) =>
      messages?.[0] ? [[name, said(messages[0], t)]] : [],
    ),
  );
  return {
    value: (name) => {
      const value = posted.get(name);
      return typeof value === 'string' ? value : '';
    },
    error: (name) => errors[name],
    errors,
    message: isInputError(error) ? undefined : messageOf(error, t),
  };
}

/** The domain knows no language: of what readers meet it gives the message's key. */
function said(message: string, t: Translate | undefined): string {
  return t && message.startsWith('refusal.') ? t(message as MessageKey) : message;
}

function messageOf(error: unknown, t: Translate | undefined): string {
  if (error instanceof Error) return error.message;
  return t ? t('refusal.failedNow') : 'Something failed on our side. Try again in a minute.';
}
