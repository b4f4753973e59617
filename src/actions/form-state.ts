import { isInputError } from 'astro:actions';

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

/** Empty until the action was called on this page and refused. */
export async function formState(result: ActionResult, request: Request): Promise<FormState> {
  const error = result?.error;
  if (!error) return { value: () => '', error: () => undefined, errors: {}, message: undefined };
  const posted = request.bodyUsed ? new FormData() : await request.clone().formData();
  const fields: Partial<Record<string, string[]>> = isInputError(error) ? error.fields : {};
  return {
    value: (name) => {
      const value = posted.get(name);
      return typeof value === 'string' ? value : '';
    },
    error: (name) => fields[name]?.[0],
    errors: Object.fromEntries(
      Object.entries(fields).flatMap(([name, messages]) => (messages?.[0] ? [[name, messages[0]]] : [])),
    ),
    message: isInputError(error) ? undefined : messageOf(error),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something failed on our side. Try again in a minute.';
}
