import { BlockList, isIP } from 'node:net';

export type TrustedProxies = { includes(address: string): boolean };

/**
 * Reads addresses and CIDR ranges.
 *
 * @throws RangeError naming the entry that is neither.
 */
export function trustedProxies(entries: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const version = isIP(address);
    const bits = prefix === undefined ? undefined : Number(prefix);
    const most = version === 4 ? 32 : 128;
    if (version === 0 || (bits !== undefined && !(Number.isInteger(bits) && bits >= 0 && bits <= most))) {
      throw new RangeError(`"${entry}" is neither an address nor a range such as 10.0.0.0/8`);
    }
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, bits, family);
  }
  return {
    includes(address) {
      const plain = withoutMapping(address);
      const version = isIP(plain);
      return version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

/**
 * The client's address: the nearest hop that is not a proxy of ours. Without a trusted proxy in front, what
 * X-Forwarded-For claims is worth nothing and is not read.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  proxies: TrustedProxies,
): string {
  let address = withoutMapping(peer);
  const hops = (forwardedFor ?? '')
    .split(',')
    .slice(-20)
    .map((hop) => hop.trim());
  while (proxies.includes(address)) {
    const before = hops.pop();
    if (before === undefined || isIP(withoutMapping(before)) === 0) break;
    address = withoutMapping(before);
  }
  return address;
}

function withoutMapping(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}
