import { eq, ne } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { addresses, evidence, staff, subscriptions } from '#db/schema/index.ts';
import { findSignedInCustomer } from '#src/domain/accounts/queries.ts';
import { giveSecondFactor } from '#src/domain/accounts/second-factor.ts';
import { signInCustomer, signInStaff } from '#src/domain/accounts/sign-in.ts';
import { totpCode } from '#src/domain/accounts/totp.ts';
import { operator } from '#src/domain/actors.ts';
import { verifyEvidence } from '#src/domain/evidence/queries.ts';
import { answerExposure } from '#src/domain/exposures/answers.ts';
import { findCurrentList } from '#src/domain/exposures/queries.ts';
import { listSealedOriginals } from '#src/domain/exposures/sealed.ts';
import { destroyRoot, rotateKey, rotateRoot } from '#src/domain/keys/commands.ts';
import { destroyKey } from '#src/domain/keys/destruction.ts';
import { siteKeys } from '#src/domain/keys/names.ts';
import { rewriteMailboxesNow } from '#src/domain/keys/old-versions.ts';
import { listRests } from '#src/domain/keys/rests.ts';
import { hideResult } from '#src/domain/rights/commands.ts';
import { forgetProofs } from '#src/domain/accounts/proofs.ts';
import { forgetLetters } from '#src/domain/letters/commands.ts';
import { requestSubscription } from '#src/domain/subscribers/commands.ts';
import { countSubscribers, findTokenHolder } from '#src/domain/subscribers/queries.ts';
import { suppress } from '#src/domain/subscribers/suppressions.ts';
import { subscriptionToken } from '#src/domain/subscribers/tokens.ts';
import { letters } from '#db/schema/index.ts';
import { confirmedSubscriber, frozenBroadcast, now, sendAll, senderWith } from '#tests/broadcasts/support.ts';
import { provenCustomer } from '#tests/exposures/support.ts';
import { closedIncident } from '#tests/rights/support.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import { addressOf, askedForCode, setUpStaff, signedInCustomer } from '#tests/support/people.ts';

const store = await testStore();
const keys = testKeys();
const { db } = store;
const MINUTE = 60_000;
let clock = now.getTime();
const later = () => new Date((clock += MINUTE));

/** A site in use: somebody in each position that a key protects. */
async function siteInUse() {
  const incident = await closedIncident(store, keys, ['ada@example.com', 'gone@example.com']);
  const ada = await signedInCustomer(db, keys, 'ada@example.com', later());
  const zoe = await signedInCustomer(db, keys, 'zoe@example.com', later());
  const gone = await provenCustomer(db, keys, 'gone@example.com');
  const at = later();
  await hideResult(db, keys, gone, { signedInAt: at, addressIds: gone.addresses.map(({ id }) => id) }, at);
  const subscriber = await confirmedSubscriber(db, keys, 'reader@example.com');
  await confirmedSubscriber(db, keys, 'loud@example.com');
  await suppress(db, keys, [{ address: addressOf('loud@example.com'), reason: 'complained' }], now);
  const link = subscriptionToken(keys.current('tokens'), subscriber);
  const owner = await setUpStaff(db, keys, { role: 'owner', address: 'mara@example.com' }, later());
  const listId = (await findCurrentList(db, incident.id))?.id ?? '';
  return { incident, ada, zoe, gone, subscriber, link, owner, listId };
}

type Site = Awaited<ReturnType<typeof siteInUse>>;

/** Whatever anybody can ask, as one value. Looks, and changes nothing. */
async function everythingTold(site: Site) {
  const people = [site.ada.customer, site.zoe.customer, site.gone];
  const answers = [];
  for (const person of people) {
    for (const address of person.addresses) {
      answers.push((await answerExposure(db, keys, person, address, site.incident)).verdict);
    }
  }
  const session = await findSignedInCustomer(db, keys, site.ada.sessionToken, new Date(clock));
  const sealed = await listSealedOriginals(db, keys, site.listId, null, 10);
  return {
    answers,
    session: session?.customer.addresses.map(({ id, address }) => ({ id, address })),
    unsubscribe: await findTokenHolder(db, keys, site.link),
    subscribers: await countSubscribers(db, 'statements'),
    sealed: sealed.map(({ address }) => address).sort(),
  };
}

/** Proves mailboxes again: everybody is who they were, and nobody is there twice. */
async function everybodySignsInAgain(site: Site) {
  const again = await signedInCustomer(db, keys, 'ada@example.com', later());
  expect(again.customer.id).toBe(site.ada.customer.id);
  expect(again.customer.addresses.map(({ id }) => id)).toEqual(
    site.ada.customer.addresses.map(({ id }) => id),
  );
  const { browserSecret, code } = await askedForCode(
    db,
    keys,
    { purpose: 'staff_sign_in', address: 'mara@example.com' },
    later(),
  );
  const half = await signInStaff(db, keys, { browserSecret, code }, new Date(clock));
  const given = { sessionToken: half, code: totpCode(site.owner.totpSecret, new Date(clock)) };
  expect(await giveSecondFactor(db, keys, given, new Date(clock))).toBeTypeOf('string');
  const asked = { address: addressOf('reader@example.com'), topics: ['statements'] as const };
  await requestSubscription(db, keys, { ...asked, clientAddress: '192.0.2.1' }, later());
  expect([await db.$count(addresses), await db.$count(subscriptions)]).toEqual([3, 2]);
  expect(await db.$count(staff, eq(staff.name, 'Mara Lindqvist'))).toBe(1);
}

describe('Every key in turn', () => {
  test('is rotated, and every answer, session, link, mark and sealed address is what it was', async () => {
    const site = await siteInUse();
    const names = [...siteKeys, `exposure-${site.incident.id}`] as const;
    const before = await everythingTold(site);
    expect(before).toEqual({
      answers: ['exposed', 'not_exposed', 'withheld'],
      session: [expect.objectContaining({ address: 'ada@example.com' })],
      unsubscribe: { address: 'r***@example.com', topics: ['statements'], active: true },
      subscribers: { people: 2, suppressed: 1 },
      sealed: ['ada@example.com', 'gone@example.com'],
    });
    const outbox = testOutbox();
    const sender = senderWith(outbox);
    const underWay = await frozenBroadcast(db, keys, outbox);

    // Twice: under two versions, and under three.
    for (const version of [2, 3]) {
      for (const name of names) {
        const asked = await askedForCode(db, keys, { address: 'zoe@example.com' }, later());
        const made = await rotateKey(db, keys, operator, name, now);
        expect(made.version, name).toBe(version);
        expect(await everythingTold(site), name).toEqual(before);
        // A code that was asked for before.
        await signInCustomer(
          db,
          keys,
          { browserSecret: asked.browserSecret, code: asked.code },
          new Date(clock),
        );
        if (version === 2) continue;
        await everybodySignsInAgain(site);
      }
    }
    await rotateRoot(db, keys, operator, now);
    await destroyRoot(db, keys, operator, 1, now);
    expect((await everythingTold(site)).answers).toEqual(before.answers);

    await sendAll(db, keys, sender);
    expect(outbox.sent.map(({ to }) => to)).toEqual(['reader@example.com']);
    const sentLink = /[\w-]{50,}/.exec(outbox.sent[0]?.headers['List-Unsubscribe'] ?? '')?.[0] ?? '';
    expect(await findTokenHolder(db, keys, sentLink)).toEqual(before.unsubscribe);
    expect(underWay).toBeTypeOf('string');

    await rewriteMailboxesNow(db, keys);
    expect({ ...(await everythingTold(site)), session: undefined }).toEqual({
      ...before,
      session: undefined,
    });
    await everybodySignsInAgain(site);
    const rotated = await db.select().from(evidence).where(eq(evidence.kind, 'key_rotated'));
    expect(rotated).toHaveLength(2 * names.length + 1);
    for (const { details } of rotated) expect(details['fingerprint']).toMatch(/^[0-9a-f]{16}$/);
    expect(await verifyEvidence(db)).toMatchObject({ ok: true });

    // And the first two of the addresses go: codes and letters after their day, mailboxes because they are rewritten.
    const nextDay = new Date(clock + 26 * 60 * MINUTE);
    await db.update(letters).set({ state: 'accepted', sealedAddress: null });
    await forgetLetters(db, nextDay);
    await forgetProofs(db, nextDay);
    // Their rows were made up: they hold no mailbox.
    await db.delete(staff).where(ne(staff.name, 'Mara Lindqvist'));
    for (const version of [1, 2]) {
      await destroyKey(db, keys, operator, { name: 'addresses', version, accepted: false }, now);
    }
    expect(keys.active('addresses').map(({ version }) => version)).toEqual([3]);
    const rests = await listRests(db, keys);
    expect(rests.filter(({ name, version }) => name === 'addresses' && version < 3)).toEqual([]);
    expect((await everythingTold(site)).answers).toEqual(before.answers);
    expect((await everythingTold(site)).subscribers).toEqual(before.subscribers);
    await everybodySignsInAgain(site);
  }, 60_000);
});
