import { isFresh } from '../accounts/sign-in.ts';
import { DomainError } from '../errors.ts';

/** Before somebody takes a copy of what is held about them or erases it, they have signed in this lately. */
export const RIGHTS_PROOF_MINUTES = 10;

export type FreshProof = { signedInAt: Date | undefined };

export function isFreshForRights({ signedInAt }: FreshProof, now: Date): boolean {
  return isFresh(signedInAt, now, RIGHTS_PROOF_MINUTES);
}

/** @throws DomainError `forbidden` when the last sign-in is ten minutes ago or more. */
export function assertFreshForRights(proof: FreshProof, now: Date): void {
  if (isFreshForRights(proof, now)) return;
  throw new DomainError('forbidden', { refusal: 'signInAgain', values: { minutes: RIGHTS_PROOF_MINUTES } });
}
