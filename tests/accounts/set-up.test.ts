import { eq, ne } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { evidence, invitations, recoveryCodes, staff } from '#db/schema/index.ts';
import {
  addStaff,
  changeRole,
  deactivateStaff,
  inviteAgain,
  inviteFirstOwner,
} from '#src/domain/accounts/commands.ts';
import { forgetExpired } from '#src/domain/accounts/retention.ts';
import { listStaff } from '#src/domain/accounts/queries.ts';
import { operator, type StaffMember } from '#src/domain/actors.ts';
import { findStaffSession } from '#src/domain/accounts/sessions.ts';
import { completeSetUp, findInvitation, newEnrolment, openEnrolment } from '#src/domain/accounts/set-up.ts';
import { signInStaff } from '#src/domain/accounts/sign-in.ts';
import { totpCode } from '#src/domain/accounts/totp.ts';
import { newSecret } from '#src/trust/secrets.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { addressOf, askedForCode, publicUrl, setUpStaff } from '#tests/support/people.ts';

const HOUR = 60 * 60_000;
const now = new Date('2026-03-01T12:00:00Z');
const after = (ms: number) => new Date(now.getTime() + ms);

const { db } = await testStore();
const keys = testKeys();

function tokenIn(link: string | undefined): string {
  expect(link).toMatch(/^https:\/\/status\.test\.example\/set-up\/[\w-]{43}$/);
  return link?.slice(link.lastIndexOf('/') + 1) ?? '';
}

function setUp(token: string, person = {}, at = now) {
  const { sealed: enrolment, secret } = newEnrolment(keys, token);
  return completeSetUp(db, keys, { token, enrolment, code: totpCode(secret, at), ...person }, at);
}

// In this order: the first owner is who they are because nobody was there before.
describe('the first owner', () => {
  const ada = { name: 'Ada Okafor', title: 'COO', address: addressOf('ada@team.example') };
  let links: (string | undefined)[] = [];

  test('is invited while nobody is in the team', async () => {
    links = [
      await inviteFirstOwner(db, keys, publicUrl, now),
      await inviteFirstOwner(db, keys, publicUrl, now),
    ];
    expect(await findInvitation(db, keys, tokenIn(links[0]), now)).toEqual({ kind: 'first_owner' });
  });

  test('opening the link changes nothing, and only its hash is stored', async () => {
    const before = await db.select().from(invitations);
    await findInvitation(db, keys, tokenIn(links[0]), now);
    const stored = await db.select().from(invitations);
    expect(stored).toEqual(before);
    for (const row of stored)
      expect(Buffer.from(row.tokenHash).toString('base64url')).not.toBe(tokenIn(links[0]));
  });

  test.each([
    ['without a name', { address: ada.address }],
    ['without an address', { name: ada.name }],
  ])('%s nothing is set up and the link stays', async (_, person) => {
    await expect(setUp(tokenIn(links[0]), person)).rejects.toMatchObject({ code: 'invalid' });
    expect(await db.select().from(staff)).toEqual([]);
    expect(await findInvitation(db, keys, tokenIn(links[0]), now)).toBeDefined();
  });

  test('with a wrong code nothing is set up and the link stays', async () => {
    const token = tokenIn(links[0]);
    const { sealed: enrolment } = newEnrolment(keys, token);
    await expect(
      completeSetUp(db, keys, { token, enrolment, code: '000000', ...ada }, now),
    ).rejects.toMatchObject({ code: 'invalid' });
    expect(await db.select().from(staff)).toEqual([]);
  });

  test('of two at once, one becomes it, signed in with the second factor', async () => {
    const settled = await Promise.allSettled(links.map((link) => setUp(tokenIn(link), ada)));
    const done = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(done).toHaveLength(1);
    expect(done[0]?.staff).toMatchObject({ name: 'Ada Okafor', role: 'owner' });
    expect(await findStaffSession(db, done[0]?.sessionToken ?? '', now)).toMatchObject({
      secondFactorGiven: true,
    });
    expect(done[0]?.recoveryCodes).toHaveLength(10);
  });

  test('comes once: there is no further link, and the open one leads nowhere', async () => {
    expect(await inviteFirstOwner(db, keys, publicUrl, now)).toBeUndefined();
    for (const link of links) {
      expect(await findInvitation(db, keys, tokenIn(link), now)).toBeUndefined();
      await expect(
        setUp(tokenIn(link), { ...ada, address: addressOf('late@team.example') }),
      ).rejects.toThrow();
    }
  });
});

describe('somebody added to the team', async () => {
  const owner = async (): Promise<StaffMember> => {
    const [row] = await db.select().from(staff).where(eq(staff.role, 'owner'));
    if (!row) throw new Error('no owner');
    const { id, name, title, role } = row;
    return { id, name, title, role };
  };
  let people = 0;
  const newcomer = () =>
    ({
      name: 'Ben Castillo',
      title: 'Press',
      role: 'editor',
      address: addressOf(`n${(people += 1)}@team.example`),
      publicUrl,
    }) as const;

  test('can do nothing before the second factor is set up', async () => {
    const person = newcomer();
    await addStaff(db, keys, await owner(), person, now);
    const { browserSecret, code } = await askedForCode(
      db,
      keys,
      { purpose: 'staff_sign_in', address: person.address },
      now,
    );
    await expect(signInStaff(db, keys, { browserSecret, code }, now)).rejects.toMatchObject({
      code: 'invalid',
    });
  });

  test('is set up by the link within 24 hours, once', async () => {
    const { id, link } = await addStaff(db, keys, await owner(), newcomer(), now);
    const token = tokenIn(link);
    expect(await findInvitation(db, keys, token, after(24 * HOUR - 1000))).toMatchObject({
      kind: 'invited',
      maskedAddress: 'n***@team.example',
    });
    expect(await findInvitation(db, keys, token, after(24 * HOUR))).toBeUndefined();
    await expect(setUp(token, {}, after(24 * HOUR))).rejects.toMatchObject({ code: 'not_found' });
    const settled = await Promise.allSettled(Array.from({ length: 5 }, () => setUp(token)));
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await db.select().from(recoveryCodes).where(eq(recoveryCodes.staffId, id))).toHaveLength(10);
  });

  test('an offered second factor belongs to its link and cannot be brought from elsewhere', async () => {
    const { link } = await addStaff(db, keys, await owner(), newcomer(), now);
    const token = tokenIn(link);
    const { sealed: enrolment, secret } = newEnrolment(keys, newSecret());
    expect(openEnrolment(keys, token, enrolment)).toBeUndefined();
    expect(openEnrolment(keys, token, 'not ours')).toBeUndefined();
    await expect(
      completeSetUp(db, keys, { token, enrolment, code: totpCode(secret, now) }, now),
    ).rejects.toMatchObject({ code: 'invalid' });
  });

  test('one mailbox is one person', async () => {
    const person = newcomer();
    await addStaff(db, keys, await owner(), person, now);
    const again = { ...person, address: addressOf(person.address.toUpperCase()) };
    await expect(addStaff(db, keys, await owner(), again, now)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a new link ends the old one, the sessions and the second factor at once', async () => {
    const member = await setUpStaff(db, keys, newcomer(), now);
    const { link } = await inviteAgain(db, await owner(), { staffId: member.staff.id, publicUrl }, now);
    expect(await findStaffSession(db, member.sessionToken, now)).toBeUndefined();
    const { link: newest } = await inviteAgain(
      db,
      await owner(),
      { staffId: member.staff.id, publicUrl },
      now,
    );
    expect(await findInvitation(db, keys, tokenIn(link), now)).toBeUndefined();
    const done = await setUp(tokenIn(newest));
    expect(done.staff).toEqual(member.staff);
    expect(done.recoveryCodes).not.toEqual(member.recoveryCodes);
  });

  test('taken out, they are signed out at once and cannot come back by an open link or by mail', async () => {
    const person = newcomer();
    const member = await setUpStaff(db, keys, person, now);
    await deactivateStaff(db, await owner(), member.staff.id, now);
    expect(await findStaffSession(db, member.sessionToken, now)).toBeUndefined();
    const { browserSecret, code } = await askedForCode(
      db,
      keys,
      { purpose: 'staff_sign_in', address: person.address },
      now,
    );
    await expect(signInStaff(db, keys, { browserSecret, code }, now)).rejects.toMatchObject({
      code: 'invalid',
    });
  });

  test('the last owner stays one, even when two take the role from each other', async () => {
    const ada = await owner();
    await expect(changeRole(db, ada, { staffId: ada.id, role: 'editor' }, now)).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(deactivateStaff(db, ada, ada.id, now)).rejects.toMatchObject({ code: 'conflict' });
    const { staff: ben } = await setUpStaff(db, keys, { ...newcomer(), role: 'owner' }, now);
    const settled = await Promise.allSettled([
      changeRole(db, ada, { staffId: ben.id, role: 'editor' }, now),
      changeRole(db, ben, { staffId: ada.id, role: 'editor' }, now),
    ]);
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  });

  test('an owner who never set up their second factor does not count as one', async () => {
    const ada = await owner();
    await addStaff(db, keys, operator, { ...newcomer(), role: 'owner' }, now);
    await expect(deactivateStaff(db, operator, ada.id, now)).rejects.toMatchObject({ code: 'conflict' });
  });

  test.each(['viewer', 'editor', 'approver'] as const)('a %s manages nobody', async (role) => {
    const actor: StaffMember = { id: 'somebody', name: 'Somebody', title: '', role };
    const { id } = await owner();
    const forbidden = { code: 'forbidden' };
    await expect(addStaff(db, keys, actor, newcomer(), now)).rejects.toMatchObject(forbidden);
    await expect(changeRole(db, actor, { staffId: id, role: 'viewer' }, now)).rejects.toMatchObject(
      forbidden,
    );
    await expect(deactivateStaff(db, actor, id, now)).rejects.toMatchObject(forbidden);
    await expect(inviteAgain(db, actor, { staffId: id, publicUrl }, now)).rejects.toMatchObject(forbidden);
    await expect(listStaff(db, keys, actor, now)).rejects.toMatchObject(forbidden);
  });

  test('nobody starts their own account over', async () => {
    const ada = await owner();
    await expect(inviteAgain(db, ada, { staffId: ada.id, publicUrl }, now)).rejects.toMatchObject({
      code: 'forbidden',
    });
  });

  test('is listed with a masked mailbox and how far they are', async () => {
    const listed = await listStaff(db, keys, operator, now);
    expect(new Set(listed.map(({ state }) => state))).toEqual(new Set(['active', 'invited', 'deactivated']));
    expect(
      listed
        .map(({ maskedAddress }) => maskedAddress)
        .every((address) => /^.\*\*\*@team\.example$/.test(address)),
    ).toBe(true);
    const dayLater = await listStaff(db, keys, operator, after(25 * HOUR));
    expect(dayLater.some(({ state }) => state === 'invited')).toBe(false);
  });

  test('every change is in the evidence, and no entry names a mailbox', async () => {
    const entries = await db.select().from(evidence).where(ne(evidence.kind, 'keys_created'));
    expect(new Set(entries.map(({ kind }) => kind))).toEqual(
      new Set([
        'staff_added',
        'staff_set_up',
        'staff_invited_again',
        'staff_deactivated',
        'staff_role_changed',
      ]),
    );
    expect(JSON.stringify(entries)).not.toContain('@');
  });

  test('links that nobody used are forgotten', async () => {
    await forgetExpired(db, after(25 * HOUR));
    expect(await db.select().from(invitations)).toEqual([]);
  });
});
