import { eq } from '#db/drizzle.ts';
import { proofRequests } from '#db/schema/index.ts';
import { personalHeaders } from '#src/mail/compose/headers.ts';
import { composeAddAddressCode, composeSignInCode } from '#src/mail/compose/sign-in-code.ts';
import { writtenCode } from '#src/trust/tokens.ts';
import type { Letterhead, LetterWriter, LetterWriters } from '../letters/rules.ts';
import { getSite } from '../site/queries.ts';
import { PROOF_MINUTES, secretsOf, startProofClocks } from './proofs.ts';

/** The letters with codes: to sign in, and to add an address. */
export function accountLetters(letterhead: Letterhead): LetterWriters {
  const code = { write: codeWriter(letterhead), handedOver: startProofClocks };
  return { sign_in_code: code, add_address_code: code };
}

function codeWriter({ from, publicUrl }: Letterhead): LetterWriter {
  return async (db, keys, subjectId, to) => {
    const [proof] = await db.select().from(proofRequests).where(eq(proofRequests.id, subjectId));
    const secrets = proof && secretsOf(keys, proof);
    if (!secrets) return undefined;
    const path = proof.purpose === 'staff_sign_in' ? '/admin/sign-in' : '/sign-in';
    const compose = proof.purpose === 'add_address' ? composeAddAddressCode : composeSignInCode;
    const letter = compose({
      siteName: (await getSite(db)).name,
      siteUrl: publicUrl,
      link: `${publicUrl}${path}/${secrets.token}`,
      code: writtenCode(secrets.code),
      minutes: PROOF_MINUTES,
    });
    return { to, from, ...letter, headers: personalHeaders({ id: proof.id }) };
  };
}
