import { and, desc, eq, inArray } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { supportQuestions } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import type { Customer } from '../accounts/people.ts';

const QUESTIONS_MAX = 1_000;

/** Absent `answeredAt`: nobody has used the code. */
export type OwnSupportQuestion = { address: EmailAddress; askedAt: Date; answeredAt: Date | null };

/** When this customer made codes for our support, and when our support looked; newest first. */
export async function listOwnSupportQuestions(
  db: Database,
  customer: Customer,
): Promise<OwnSupportQuestion[]> {
  const byId = new Map(customer.addresses.map(({ id, address }) => [id, address]));
  const rows = await db
    .select({
      addressId: supportQuestions.addressId,
      askedAt: supportQuestions.askedAt,
      answeredAt: supportQuestions.answeredAt,
    })
    .from(supportQuestions)
    .where(
      and(
        eq(supportQuestions.customerId, customer.id),
        inArray(supportQuestions.addressId, [...byId.keys()]),
      ),
    )
    .orderBy(desc(supportQuestions.askedAt), desc(supportQuestions.id))
    .limit(QUESTIONS_MAX);
  return rows.flatMap(({ addressId, ...row }) => {
    const address = byId.get(addressId);
    return address ? [{ address, ...row }] : [];
  });
}
