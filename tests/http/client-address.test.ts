import { describe, expect, test } from 'vitest';
import { clientAddress, trustedProxies } from '#src/http/client-address.ts';

const proxies = trustedProxies(['10.0.0.0/8', '192.0.2.7', 'fd00::/8']);

describe('the client’s address', () => {
  test.each([
    ['no proxy', '203.0.113.5', undefined, '203.0.113.5'],
    ['a claim by a stranger', '203.0.113.5', '198.51.100.1', '203.0.113.5'],
    ['a trusted proxy', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['a claim before the trusted hop', '10.1.2.3', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['two trusted hops', '10.1.2.3', '198.51.100.1, 192.0.2.7', '198.51.100.1'],
    ['rubbish from a trusted proxy', '10.1.2.3', 'unknown', '10.1.2.3'],
    ['nothing from a trusted proxy', '10.1.2.3', '', '10.1.2.3'],
    ['an IPv4 address in IPv6', '::ffff:10.1.2.3', '::ffff:198.51.100.1', '198.51.100.1'],
    ['IPv6', 'fd00::1', '2001:db8::5', '2001:db8::5'],
  ])('with %s', (_name, peer, forwardedFor, expected) => {
    expect(clientAddress(peer, forwardedFor, proxies)).toBe(expected);
  });

  test('an entry that is no address is refused by name', () => {
    expect(() => trustedProxies(['10.0.0.0/8', 'proxy.local'])).toThrow(/proxy\.local/);
    expect(() => trustedProxies(['10.0.0.0/33'])).toThrow(/10\.0\.0\.0\/33/);
  });

  test('a header of 100,000 hops is answered at once', () => {
    const startedAt = performance.now();
    clientAddress('10.0.0.1', '10.0.0.1,'.repeat(100_000), proxies);
    expect(performance.now() - startedAt).toBeLessThan(50);
  });
});
