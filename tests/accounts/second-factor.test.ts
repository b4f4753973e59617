import { eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { recoveryCodes, sessions, staff } from '#db/schema/index.ts';
import { giveSecondFactor } from '#src/domain/accounts/second-factor.ts';
import { findStaffSession } from '#src/domain/accounts/sessions.ts';
import { signInStaff } from '#src/domain/accounts/sign-in.ts';
import { newTotpSecret, totpCode, totpStep, totpUri } from '#src/domain/accounts/totp.ts';
import { newSecret } from '#src/trust/secrets.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { askedForCode, setUpStaff, type SetUpStaff } from '#tests/support/people.ts';

const MINUTE = 60_000;
const now = new Date('2026-03-01T12:00:10Z');
const after = (ms: number) => new Date(now.getTime() + ms);
const wrong = { code: 'invalid' };
const blocked = { code: 'conflict', message: expect.stringContaining('15 minutes') };

describe('a code from the app', () => {
  // RFC 6238, appendix B, with the last six of its eight digits.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  test.each([
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
  ])('at %i seconds is %s', (seconds, code) => {
    expect(totpCode(secret, new Date(seconds * 1000))).toBe(code);
    expect(totpStep(secret, code, 0, new Date(seconds * 1000))).toBe(Math.floor(seconds / 30));
  });

  test('counts a step early and a step late, and no more', () => {
    const code = totpCode(secret, now);
    const step = Math.floor(now.getTime() / 30_000);
    for (const seconds of [-30, 0, 30]) expect(totpStep(secret, code, 0, after(seconds * 1000))).toBe(step);
    for (const seconds of [-61, 61]) expect(totpStep(secret, code, 0, after(seconds * 1000))).toBeUndefined();
  });

  test('counts once: not at its own step, nor an earlier one after it', () => {
    const code = totpCode(secret, now);
    const step = Math.floor(now.getTime() / 30_000);
    expect(totpStep(secret, code, step, now)).toBeUndefined();
    expect(totpStep(secret, code, step + 1, now)).toBeUndefined();
    expect(totpStep(secret, code, step - 1, now)).toBe(step);
  });

  test.each(['', '12345', '1234567', 'abcdef', '12345６', `${'1'.repeat(100_000)}`])('%# is none', (code) => {
    expect(totpStep(secret, code, 0, now)).toBeUndefined();
  });

  test('comes from a secret of 160 bits that the QR code carries', () => {
    const fresh = newTotpSecret();
    expect(fresh).toMatch(/^[A-Z2-7]{32}$/);
    const uri = new URL(totpUri(fresh, { issuer: 'Harbourline', label: 'Mara' }));
    expect(uri.protocol).toBe('otpauth:');
    expect(Object.fromEntries(uri.searchParams)).toMatchObject({
      secret: fresh,
      issuer: 'Harbourline',
      digits: '6',
      period: '30',
    });
  });
});

describe('signing in to the team', async () => {
  const { db } = await testStore();
  const keys = testKeys();
  let people = 0;
  const person = () => setUpStaff(db, keys, { address: `p${(people += 1)}@team.example` }, after(-MINUTE));

  async function halfSignedIn(at = now): Promise<string> {
    const asked = { purpose: 'staff_sign_in', address: `p${people}@team.example` } as const;
    const { browserSecret, code } = await askedForCode(db, keys, asked, at);
    return signInStaff(db, keys, { browserSecret, code }, at);
  }

  const give = (sessionToken: string | undefined, code: string, at = now) =>
    giveSecondFactor(db, keys, { sessionToken, code }, at);
  const codeOf = ({ totpSecret }: SetUpStaff, at = now) => totpCode(totpSecret, at);

  test('by mail alone opens nothing', async () => {
    await person();
    expect(await findStaffSession(db, await halfSignedIn(), now)).toMatchObject({ secondFactorGiven: false });
  });

  test('a mailbox of nobody in the team is refused with the words for a wrong code', async () => {
    const asked = { purpose: 'staff_sign_in', address: 'reader@x.example' } as const;
    const { browserSecret, code } = await askedForCode(db, keys, asked, now);
    const right = signInStaff(db, keys, { browserSecret, code }, now).catch((error: unknown) => error);
    const wrongCode = signInStaff(db, keys, { browserSecret, code: 'AAAAAAAA' }, now).catch(
      (error: unknown) => error,
    );
    expect(await right).toEqual(await wrongCode);
  });

  test('with the app’s code starts a new session and ends the half-way one', async () => {
    const member = await person();
    const half = await halfSignedIn();
    const token = await give(half, ` ${codeOf(member).slice(0, 3)} ${codeOf(member).slice(3)} `);
    expect(await findStaffSession(db, half, now)).toBeUndefined();
    expect(await findStaffSession(db, token, now)).toMatchObject({
      staff: member.staff,
      secondFactorGiven: true,
    });
  });

  test('the same code does not work twice, nor the one that set it up', async () => {
    const member = await person();
    await expect(
      give(await halfSignedIn(), codeOf(member, after(-MINUTE)), after(-MINUTE)),
    ).rejects.toMatchObject(wrong);
    await give(await halfSignedIn(), codeOf(member));
    await expect(give(await halfSignedIn(), codeOf(member))).rejects.toMatchObject(wrong);
    await expect(
      give(await halfSignedIn(), codeOf(member, after(30_000)), after(30_000)),
    ).resolves.toBeTypeOf('string');
  });

  test('five wrong codes block the person for 15 minutes, in every browser', async () => {
    const member = await person();
    const [one, other] = [await halfSignedIn(), await halfSignedIn()];
    for (const session of [one, other, one, other, one])
      await expect(give(session, '000000')).rejects.toMatchObject(wrong);
    await expect(give(one, codeOf(member))).rejects.toMatchObject(blocked);
    await expect(give(other, codeOf(member))).rejects.toMatchObject(blocked);
    const early = after(15 * MINUTE - 1000);
    await expect(give(await halfSignedIn(early), codeOf(member, early), early)).rejects.toMatchObject(
      blocked,
    );
    const late = after(15 * MINUTE);
    await expect(give(await halfSignedIn(late), codeOf(member, late), late)).resolves.toBeTypeOf('string');
  });

  test('guesses at the same moment are counted one by one', async () => {
    await person();
    const half = await halfSignedIn();
    const guesses = await Promise.allSettled(Array.from({ length: 20 }, () => give(half, '000000')));
    const codes = guesses.map(
      (guess) => guess.status === 'rejected' && (guess.reason as { code: string }).code,
    );
    expect(codes.filter((code) => code === 'invalid')).toHaveLength(5);
    expect(codes.filter((code) => code === 'conflict')).toHaveLength(15);
  });

  test('a right code clears the wrong ones before it', async () => {
    const member = await person();
    for (let count = 0; count < 4; count += 1)
      await expect(give(await halfSignedIn(), '000000')).rejects.toMatchObject(wrong);
    await give(await halfSignedIn(), codeOf(member));
    for (let count = 0; count < 4; count += 1)
      await expect(give(await halfSignedIn(), '000000')).rejects.toMatchObject(wrong);
    const later = after(MINUTE);
    await expect(give(await halfSignedIn(later), codeOf(member, later), later)).resolves.toBeTypeOf('string');
  });

  test('a recovery code works once, in any case, and no stored value is one', async () => {
    const member = await person();
    const [code = '', other = ''] = member.recoveryCodes;
    expect(member.recoveryCodes).toHaveLength(10);
    const stored = await db.select().from(recoveryCodes).where(eq(recoveryCodes.staffId, member.staff.id));
    expect(stored.map(({ codeHash }) => Buffer.from(codeHash).toString('latin1')).join()).not.toContain(
      code.replaceAll('-', ''),
    );
    await expect(give(await halfSignedIn(), code.toLowerCase())).resolves.toBeTypeOf('string');
    await expect(give(await halfSignedIn(), code)).rejects.toMatchObject(wrong);
    await expect(give(await halfSignedIn(), other.replaceAll('-', ' '))).resolves.toBeTypeOf('string');
    const left = await db.select().from(recoveryCodes).where(eq(recoveryCodes.staffId, member.staff.id));
    expect(left.filter(({ usedAt }) => usedAt === null)).toHaveLength(8);
  });

  test('somebody else’s recovery code does not work', async () => {
    const member = await person();
    await person();
    await expect(give(await halfSignedIn(), member.recoveryCodes[0] ?? '')).rejects.toMatchObject(wrong);
  });

  test.each([
    ['without a session', async () => undefined],
    ['with a made-up session', async () => newSecret()],
  ])('the second factor alone, %s, is refused', async (_, session) => {
    const member = await person();
    await expect(give(await session(), codeOf(member))).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('ten minutes after the mailed code, signing in starts again', async () => {
    const member = await person();
    const half = await halfSignedIn();
    const late = after(10 * MINUTE);
    await expect(give(half, codeOf(member, late), late)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('the secret is sealed for its row: in another row it does not open', async () => {
    const member = await person();
    const [row] = await db.select().from(staff).where(eq(staff.id, member.staff.id));
    const thief = await person();
    await db
      .update(staff)
      .set({ sealedTotpSecret: row?.sealedTotpSecret ?? null })
      .where(eq(staff.id, thief.staff.id));
    await expect(give(await halfSignedIn(), codeOf(member))).rejects.toThrow('does not open');
    await db.delete(sessions);
  });
});
