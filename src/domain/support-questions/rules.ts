import type { Answer } from '../exposures/answers.ts';

/** How long a code for our support works. */
export const SUPPORT_CODE_MINUTES = 15;

/** For how long a customer can see that our support has looked. */
export const SUPPORT_LOOKS_KEPT_DAYS = 90;

/** What our support is told about one incident: the verdict, and neither figures nor measures. */
export type SupportVerdict = { incident: { title: string }; verdict: Answer['verdict'] };

export function supportVerdict({ incident, verdict }: Answer): SupportVerdict {
  return { incident: { title: incident.title }, verdict };
}
