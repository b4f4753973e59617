import type { KeyName } from '#src/trust/keys.ts';
import { DomainError } from '../errors.ts';

/** The keys of the site; beside them each incident with a list has one of its own. */
export const siteKeys = ['addresses', 'tokens', 'broadcasts', 'sealing', 'erasures'] as const;

const EXPOSURE_KEY = /^exposure-(.+)$/;

/** Whose key it is; undefined for a key of the site. */
export function incidentIdOf(name: KeyName): string | undefined {
  return EXPOSURE_KEY.exec(name)?.[1];
}

/** @throws DomainError `invalid` for what is no key's name. */
export function keyNamed(text: string): KeyName {
  const known = siteKeys.find((name) => name === text);
  if (known) return known;
  if (EXPOSURE_KEY.test(text)) return text as KeyName;
  throw new DomainError(
    'invalid',
    `There is no key called "${text}". Keys: ${siteKeys.join(', ')}, and exposure-… for an incident, as forthright keys list names it.`,
  );
}
