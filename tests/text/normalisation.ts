import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { normalisedAddress, parseEmailAddress } from '../../src/text/email-address.ts';
import cases from './address-corpus.json' with { type: 'json' };
import { anyAddress, typedAddress } from './typed-addresses.ts';

/** What becomes of a text: its n1 form, or which refusal. */
export function outcomeOf(text: string): string {
  const parsed = parseEmailAddress(text);
  return parsed.ok ? normalisedAddress(parsed.address) : `refused: ${parsed.refusal}`;
}

/** By where the cases are from: each text with what becomes of it. */
export const corpus = cases as unknown as Readonly<
  Record<string, readonly (readonly [typed: string, outcome: string])[]>
>;

/** The same 10,000 under any runtime: fast-check's numbers depend on the seed alone. */
export function generatedAddresses(): string[] {
  const seed = 20191101;
  return [typedAddress, anyAddress].flatMap((kind) => fc.sample(kind, { seed, numRuns: 5_000 }));
}

/** SHA-256 over texts and what becomes of each. */
export function digestOf(texts: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(JSON.stringify([text, outcomeOf(text)]));
  return hash.digest('hex');
}

/**
 * What every runtime has to say alike. A change of the rules is a new version of them and a migration; another version of
 * fast-check may generate other addresses.
 */
export const digests = {
  corpus: '2caa85a54413f8b546e8c1f5ab5aaff0f9ad3b423c3e089bc6d76dc8afb38350',
  generated: 'eec7beb3d6e849fc2f1a3ec94bcc9eff77b4e11ff907a8aca4d56eed6aa44a4a',
} as const;

export function measuredDigests(): Record<keyof typeof digests, string> {
  const typed = Object.values(corpus).flatMap((cases) => cases.map(([text]) => text));
  return { corpus: digestOf(typed), generated: digestOf(generatedAddresses()) };
}
