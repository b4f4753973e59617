import type { App } from '#src/app.ts';
import { addStaff } from '#src/domain/accounts/commands.ts';
import { completeSetUp, newEnrolment } from '#src/domain/accounts/set-up.ts';
import { totpCode } from '#src/domain/accounts/totp.ts';
import { operator, type StaffMember } from '#src/domain/actors.ts';
import { confirmSubscription, requestSubscription } from '#src/domain/subscribers/commands.ts';
import { findByAddress } from '#src/domain/subscribers/queries.ts';
import { confirmationToken } from '#src/domain/subscribers/tokens.ts';
import { parseEmailAddress, type EmailAddress } from '#src/text/email-address.ts';
import * as story from './story.ts';

const SUBSCRIBERS = 24;

type Enrolled = { member: StaffMember; totpSecret: string };
type Person = (typeof story.people)[keyof typeof story.people];

/** As the demonstration tells who they are. */
export const named = ({ name, role, address }: Person) => ({ name, role, address });

/** Added and set up with a second factor, as the set-up link's page does it. */
export async function enrol(app: App, person: Person): Promise<Enrolled> {
  const { db, keys, settings } = app;
  const now = app.now();
  const { link } = await addStaff(
    db,
    keys,
    operator,
    { ...person, address: mailbox(person.address), publicUrl: settings.publicUrl },
    now,
  );
  const token = link.slice(link.lastIndexOf('/') + 1);
  const { sealed, secret } = newEnrolment(keys, token);
  // The code of the step before: the first sign-in can use the current one.
  const code = totpCode(secret, new Date(now.getTime() - 30_000));
  const { staff } = await completeSetUp(db, keys, { token, enrolment: sealed, code }, now);
  return { member: staff, totpSecret: secret };
}

/** Double opt-in as it happens on the page; their letters leave with the first turn of the worker. */
export async function addSubscribers(app: App): Promise<number> {
  const { db, keys } = app;
  const now = app.now();
  const addresses = [
    story.customers.exposed,
    story.customers.notExposed,
    ...Array.from({ length: SUBSCRIBERS - 2 }, (_, index) => `reader${index + 1}@readers.example`),
  ];
  for (const [index, text] of addresses.entries()) {
    const address = mailbox(text);
    const topics = ['statements', 'notices'] as const;
    await requestSubscription(db, keys, { address, topics, clientAddress: `192.0.2.${index}` }, now);
    const subscription = await findByAddress(db, keys, address);
    const token = confirmationToken(keys.current('tokens'), subscription?.id ?? '');
    await confirmSubscription(db, keys, { token, topics }, now);
  }
  return addresses.length;
}

function mailbox(text: string): EmailAddress {
  const parsed = parseEmailAddress(text);
  if (!parsed.ok) throw new Error(`The demonstration has a mailbox that is none: ${parsed.reason}`);
  return parsed.address;
}
