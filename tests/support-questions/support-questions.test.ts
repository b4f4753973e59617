import { describe, expect, test } from 'vitest';
import { eq } from '#db/drizzle.ts';
import { addresses, evidence, supportQuestions } from '#db/schema/index.ts';
import type { Customer } from '#src/domain/accounts/people.ts';
import type { StaffMember } from '#src/domain/actors.ts';
import { verifyEvidence } from '#src/domain/evidence/queries.ts';
import { LIMITS } from '#src/domain/limits.ts';
import { eraseEverything } from '#src/domain/rights/commands.ts';
import { collectOwnData } from '#src/domain/rights/queries.ts';
import {
  answerSupportQuestion,
  forgetSupportQuestions,
  makeSupportCode,
} from '#src/domain/support-questions/commands.ts';
import { listOwnSupportQuestions } from '#src/domain/support-questions/queries.ts';
import { SUPPORT_CODE_MINUTES, SUPPORT_LOOKS_KEPT_DAYS } from '#src/domain/support-questions/rules.ts';
import { now } from '#tests/broadcasts/support.ts';
import { dumpOf, provenCustomer } from '#tests/exposures/support.ts';
import { closedIncident, fresh } from '#tests/rights/support.ts';
import { staffMember } from '#tests/support/desk.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';

const store = await testStore();
const keys = testKeys();
const { db } = store;

const minutes = (count: number) => new Date(now.getTime() + count * 60_000);
const days = (count: number) => minutes(count * 24 * 60);
const firstOf = ({ addresses }: Customer) => addresses[0]?.id ?? '';
const codeFor = async (customer: Customer, addressId = firstOf(customer), at = now) =>
  (await makeSupportCode(db, keys, customer, { addressId }, at)).code;
const ask = (staff: StaffMember, code: string, at = now) =>
  answerSupportQuestion(db, keys, staff, { code }, at);
const WRONG = 'AAAA-AAAA';
const refusedAs = (code: string) => expect.objectContaining({ name: 'DomainError', code });

const editor = await staffMember(db, 'editor');
const incident = await closedIncident(store, keys, ['ada@example.com', 'shared@example.com']);

describe('a code for our support', () => {
  test('lets it see the verdict about that address and the address masked, and nothing else', async () => {
    const ada = await provenCustomer(db, keys, 'ada@example.com', 'ada@elsewhere.example');
    const code = await codeFor(ada);
    expect(code).toMatch(/^[ACDEFGHJKMNPQRTUVWXY34679]{4}-[ACDEFGHJKMNPQRTUVWXY34679]{4}$/);
    expect(await ask(editor, code.toLowerCase().replace('-', ' '))).toEqual({
      maskedAddress: 'a***@example.com',
      verdicts: [{ incident: { title: incident.title }, verdict: 'exposed' }],
    });
    expect(await ask(editor, await codeFor(ada, ada.addresses[1]?.id))).toEqual({
      maskedAddress: 'a***@elsewhere.example',
      verdicts: [{ incident: { title: incident.title }, verdict: 'not_exposed' }],
    });
  });

  test('is stored only as a keyed hash, and not at all once it was used', async () => {
    const customer = await provenCustomer(db, keys, 'hash@example.com');
    const code = await codeFor(customer);
    const dump = await dumpOf(store);
    expect(dump).not.toContain(code);
    expect(dump).not.toContain(code.replace('-', ''));
    await ask(await staffMember(db, 'owner'), code);
    const rows = await db.select().from(supportQuestions).where(eq(supportQuestions.customerId, customer.id));
    expect(rows).toMatchObject([{ codeHash: null, answeredAt: now }]);
  });

  test('works once: of fifty who try it at the same moment, one is answered', async () => {
    const customer = await provenCustomer(db, keys, 'once@example.com');
    const code = await codeFor(customer);
    const team = await Promise.all(Array.from({ length: 50 }, () => staffMember(db, 'editor')));
    const outcomes = await Promise.allSettled(team.map((staff) => ask(staff, code)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refusals).toEqual(Array(49).fill(refusedAs('not_found')));
    expect(await listOwnSupportQuestions(db, customer)).toHaveLength(1);
  });

  test('takes the place of the one before, for that address only', async () => {
    const staff = await staffMember(db, 'approver');
    const customer = await provenCustomer(db, keys, 'one@example.com', 'two@example.com');
    const other = await codeFor(customer, customer.addresses[1]?.id);
    const before = await codeFor(customer);
    const after = await codeFor(customer);
    await expect(ask(staff, before)).rejects.toEqual(refusedAs('not_found'));
    expect(await ask(staff, after)).toMatchObject({ maskedAddress: 'o***@example.com' });
    expect(await ask(staff, other)).toMatchObject({ maskedAddress: 't***@example.com' });
  });

  test('works for a quarter of an hour', async () => {
    const customer = await provenCustomer(db, keys, 'time@example.com');
    const [inTime, late] = [await staffMember(db, 'editor'), await staffMember(db, 'editor')];
    const end = minutes(SUPPORT_CODE_MINUTES);
    await expect(ask(late, await codeFor(customer), end)).rejects.toEqual(refusedAs('not_found'));
    const answered = ask(inTime, await codeFor(customer), new Date(end.getTime() - 1));
    expect(await answered).toMatchObject({ maskedAddress: 't***@example.com' });
  });

  test('is made for an address of one’s own and no other, a few at once', async () => {
    const customer = await provenCustomer(db, keys, 'own@example.com');
    const stranger = await provenCustomer(db, keys, 'stranger@example.com');
    await expect(codeFor(customer, firstOf(stranger))).rejects.toEqual(refusedAs('not_found'));
    const { burst, everyMs } = LIMITS.support_code;
    for (let count = 1; count < burst; count += 1) await codeFor(customer);
    await expect(codeFor(customer)).rejects.toEqual(refusedAs('conflict'));
    await codeFor(customer, firstOf(customer), new Date(now.getTime() + 2 * everyMs));
  });

  test('means nothing once the mailbox is somebody else’s', async () => {
    const customer = await provenCustomer(db, keys, 'moves@example.com', 'stays@example.com');
    const code = await codeFor(customer);
    const taker = await provenCustomer(db, keys, 'taker@example.com');
    await db
      .update(addresses)
      .set({ customerId: taker.id })
      .where(eq(addresses.id, firstOf(customer)));
    await expect(ask(await staffMember(db, 'editor'), code)).rejects.toEqual(refusedAs('not_found'));
  });

  test('goes on working when the key of codes is renewed', async () => {
    const customer = await provenCustomer(db, keys, 'rotate@example.com');
    const code = await codeFor(customer);
    keys.rotate('tokens');
    expect(await ask(await staffMember(db, 'editor'), code)).toMatchObject({
      maskedAddress: 'r***@example.com',
    });
  });
});

describe('our support', () => {
  test('needs the role of an editor', async () => {
    const customer = await provenCustomer(db, keys, 'role@example.com');
    const code = await codeFor(customer);
    await expect(ask(await staffMember(db, 'viewer'), code)).rejects.toEqual(refusedAs('forbidden'));
    expect(await ask(await staffMember(db, 'editor'), code)).toMatchObject({
      maskedAddress: 'r***@example.com',
    });
  });

  test('reads the same whether a code was never there, was used, or is too old', async () => {
    const staff = await staffMember(db, 'editor');
    const customer = await provenCustomer(db, keys, 'alike@example.com');
    const used = await codeFor(customer);
    await ask(staff, used);
    const old = await codeFor(customer);
    const said: string[] = [];
    for (const [code, at] of [
      [WRONG, now],
      ['', now],
      [used, now],
      [old, minutes(SUPPORT_CODE_MINUTES)],
    ] as const) {
      said.push(await ask(staff, code, at).then(String, (error: unknown) => String(error)));
    }
    expect(new Set(said).size).toBe(1);
    expect(said[0]).toContain('does not work');
  });

  test('may try a few codes at once, right or wrong, and then has to wait; others do not', async () => {
    const { burst, everyMs } = LIMITS.support_question;
    const [staff, colleague] = [await staffMember(db, 'editor'), await staffMember(db, 'editor')];
    const customer = await provenCustomer(db, keys, 'limits@example.com');
    await ask(staff, await codeFor(customer));
    for (let count = 1; count < burst; count += 1) {
      await expect(ask(staff, WRONG)).rejects.toEqual(refusedAs('not_found'));
    }
    const code = await codeFor(customer);
    await expect(ask(staff, code)).rejects.toEqual(refusedAs('conflict'));
    expect(await ask(colleague, code)).toMatchObject({ maskedAddress: 'l***@example.com' });
    const afterAWhile = new Date(now.getTime() + 2 * everyMs);
    expect(await ask(staff, await codeFor(customer), afterAWhile)).toMatchObject({});
  });

  test('leaves in the evidence who asked and when, right or wrong, and neither code nor address', async () => {
    const staff = await staffMember(db, 'editor');
    const customer = await provenCustomer(db, keys, 'ada.evidence@example.com');
    const code = await codeFor(customer);
    await ask(staff, code);
    await expect(ask(staff, WRONG)).rejects.toThrow();
    const rows = await db
      .select()
      .from(evidence)
      .where(eq(evidence.actor, `staff:${staff.id}`))
      .orderBy(evidence.number);
    const entry = { subject: 'support:question', details: {}, at: now };
    expect(rows).toMatchObject([
      { kind: 'support_question_answered', ...entry },
      { kind: 'support_question_refused', ...entry },
    ]);
    expect(JSON.stringify(rows)).not.toMatch(
      new RegExp(`${code}|${firstOf(customer)}|${customer.id}|@|exposed`),
    );
    expect(await verifyEvidence(db)).toMatchObject({ ok: true });
  });

  test('is told that an answer is not to be had when it is not, never that the address was not shown', async () => {
    const customer = await provenCustomer(db, keys, 'shared@example.com');
    const code = await codeFor(customer);
    const without: typeof keys = { ...keys, active: (name) => (name === 'tokens' ? keys.active(name) : []) };
    const { verdicts } = await answerSupportQuestion(
      db,
      without,
      await staffMember(db, 'editor'),
      { code },
      now,
    );
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['unavailable']);
  });
});

describe('the customer', () => {
  test('has it in the copy of their data that our support looked, and when', async () => {
    const customer = await provenCustomer(db, keys, 'copy@example.com', 'copy-two@example.com');
    await ask(await staffMember(db, 'editor'), await codeFor(customer), minutes(2));
    await codeFor(customer, customer.addresses[1]?.id, minutes(3));
    const { support } = await collectOwnData(db, keys, customer, [], minutes(4));
    expect(support).toEqual([
      { address: 'copy-two@example.com', askedAt: minutes(3), answeredAt: null },
      { address: 'copy@example.com', askedAt: now, answeredAt: minutes(2) },
    ]);
  });

  test('can have it erased with everything else', async () => {
    const customer = await provenCustomer(db, keys, 'erased@example.com');
    await ask(await staffMember(db, 'editor'), await codeFor(customer));
    await codeFor(customer);
    await eraseEverything(db, keys, customer, fresh, now);
    expect(
      await db.select().from(supportQuestions).where(eq(supportQuestions.customerId, customer.id)),
    ).toEqual([]);
  });
});

test('codes go when they are too old, and that our support looked goes after ninety days', async () => {
  await db.delete(supportQuestions);
  const customer = await provenCustomer(db, keys, 'swept@example.com', 'swept-two@example.com');
  await ask(await staffMember(db, 'editor'), await codeFor(customer));
  await codeFor(customer, customer.addresses[1]?.id);
  expect(await forgetSupportQuestions(db, new Date(minutes(SUPPORT_CODE_MINUTES).getTime() - 1))).toBe(0);
  expect(await forgetSupportQuestions(db, minutes(SUPPORT_CODE_MINUTES))).toBe(1);
  expect(await forgetSupportQuestions(db, days(SUPPORT_LOOKS_KEPT_DAYS))).toBe(0);
  expect(await forgetSupportQuestions(db, days(SUPPORT_LOOKS_KEPT_DAYS + 1))).toBe(1);
  expect(await db.$count(supportQuestions)).toBe(0);
});
