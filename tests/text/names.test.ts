import { describe, expect, test } from 'vitest';
import { normalisedAddress, parseEmailAddress } from '#src/text/email-address.ts';
import { containsName } from '#src/text/names.ts';

describe('An address contains a name when its local part looks like a given and a family name', () => {
  test.each([
    'mara.lindqvist@example.com',
    'mara_lindqvist@example.com',
    'mara-lindqvist@example.com',
    'Mara.Lindqvist@example.com',
    'mara.k.lindqvist@example.com',
    'anne-marie.dubois@example.com',
    'mara.lindqvist82@example.com',
    'mara.lindqvist.82@example.com',
    'mara.lindqvist+crypto@example.com',
    "siobhan.o'brien@example.com",
    'josé.núñez@example.com',
    'иван.петров@example.com',
    'li.na@example.com',
    'anneke.van.der.berg@example.com',
  ])('%s does', (address) => {
    expect(named(address)).toBe(true);
  });

  test.each([
    'mara@example.com',
    'maralindqvist@example.com',
    'm.lindqvist@example.com',
    'mara.l@example.com',
    'mara.82@example.com',
    'mara+lindqvist@example.com',
    'info@example.com',
    'customer.support@example.com',
    'no.reply@example.com',
    'no-reply@example.com',
    'do_not_reply@example.com',
    'crypto.trader@example.com',
    'mara.trader@example.com',
    'sales.berlin@example.com',
    'x9.k2@example.com',
    'a.b.c.d.e@example.com',
    'one.two.three.four.five@example.com',
    '.mara@example.com',
    'mara..lindqvist@example.com',
    '12345@example.com',
    '1@example.com',
    '...@example.com',
    '_@example.com',
  ])('%s does not', (address) => {
    expect(named(address)).toBe(false);
  });

  test('the domain plays no part', () => {
    expect(named('mara@john.smith.example')).toBe(false);
  });
});

function named(address: string): boolean {
  const parsed = parseEmailAddress(address);
  if (!parsed.ok) throw new Error(parsed.reason);
  return containsName(normalisedAddress(parsed.address));
}
