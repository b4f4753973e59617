/** What every control of a form is told, whatever it is. */
export type FieldProps = {
  /** The form field's name, and its id: unique on the page unless `id` is given. */
  name: string;
  id?: string | undefined;
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  required?: boolean | undefined;
};

/** The attributes that tie a control to its label, hint and error. */
export function fieldAttributes({ name, id = name, hint, error, required }: FieldProps) {
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return {
    id,
    name,
    required: required ?? false,
    'aria-invalid': error ? ('true' as const) : undefined,
    'aria-describedby': describedBy || undefined,
  };
}
