import { eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { letters, proofRequests } from '#db/schema/index.ts';
import { addStaff } from '#src/domain/accounts/commands.ts';
import { findSignedInCustomer } from '#src/domain/accounts/queries.ts';
import type { Customer } from '#src/domain/accounts/people.ts';
import { requestProof, secretsOf, startProofClocks, type ProofPurpose } from '#src/domain/accounts/proofs.ts';
import { operator, type Role, type StaffMember } from '#src/domain/actors.ts';
import { completeSetUp, newEnrolment } from '#src/domain/accounts/set-up.ts';
import { signInCustomer } from '#src/domain/accounts/sign-in.ts';
import { totpCode } from '#src/domain/accounts/totp.ts';
import { parseEmailAddress, type EmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { secretHash } from '#src/trust/secrets.ts';

export const publicUrl = 'https://status.test.example';

export function addressOf(text: string): EmailAddress {
  const parsed = parseEmailAddress(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.address;
}

export type Asked = { id: string; browserSecret: string; code: string; token: string };

/** Somebody has asked for a code; the letter has been handed over at `now` and is read here. */
export async function askedForCode(
  db: Database,
  keys: KeyStore,
  asked: { purpose?: ProofPurpose; address: string; clientAddress?: string; customerId?: string },
  now: Date,
): Promise<Asked> {
  const { purpose = 'customer_sign_in', address, clientAddress = '192.0.2.1', ...rest } = asked;
  const wanted = { purpose, address: addressOf(address), clientAddress, ...rest };
  const browserSecret = await requestProof(db, keys, wanted, now);
  const [row] = await db
    .select()
    .from(proofRequests)
    .where(eq(proofRequests.browserHash, secretHash(browserSecret)));
  if (!row) throw new Error('no request');
  // Nobody else is answered by a letter that has left.
  await db.update(letters).set({ waitingKey: null }).where(eq(letters.subjectId, row.id));
  await startProofClocks(db, [row.id], now);
  const secrets = secretsOf(keys, row);
  if (!secrets) throw new Error('no secrets');
  return { id: row.id, browserSecret, ...secrets };
}

/** A customer who has just proven this mailbox, with their session's token. */
export async function signedInCustomer(
  db: Database,
  keys: KeyStore,
  address: string,
  now: Date,
): Promise<{ customer: Customer; sessionToken: string }> {
  const { browserSecret, code } = await askedForCode(db, keys, { address }, now);
  const sessionToken = await signInCustomer(db, keys, { browserSecret, code }, now);
  const found = await findSignedInCustomer(db, keys, sessionToken, now);
  if (!found) throw new Error('not signed in');
  return { customer: found.customer, sessionToken };
}

export type SetUpStaff = {
  staff: StaffMember;
  totpSecret: string;
  recoveryCodes: string[];
  sessionToken: string;
};

/** Somebody in the team who has set up their second factor and is signed in. */
export async function setUpStaff(
  db: Database,
  keys: KeyStore,
  person: { name?: string; role?: Role; address: string },
  now: Date,
): Promise<SetUpStaff> {
  const { name = 'Mara Lindqvist', role = 'editor' } = person;
  const added = {
    name,
    title: 'Head of Communications',
    role,
    address: addressOf(person.address),
    publicUrl,
  };
  const { link } = await addStaff(db, keys, operator, added, now);
  const token = link.slice(link.lastIndexOf('/') + 1);
  const { sealed: enrolment, secret: totpSecret } = newEnrolment(keys, token);
  const done = await completeSetUp(db, keys, { token, enrolment, code: totpCode(totpSecret, now) }, now);
  return { ...done, totpSecret };
}
