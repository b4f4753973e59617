import { domainToASCII } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseEmailAddress } from '#src/text/email-address.ts';
import { corpus, digests, generatedAddresses, measuredDigests, outcomeOf } from './normalisation.ts';

const cases = Object.values(corpus).flat();
const accepted = cases.filter(([, outcome]) => !outcome.startsWith('refused: '));

/** By another library than ours, and the case of A to Z: what makes two addresses one mailbox, and nothing else does. */
function mailboxOf(text: string): string {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, at).normalize('NFC');
  const folded = local.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).normalize('NFC');
  return `${folded}@${domainToASCII(trimmed.slice(at + 1).replace(/\.$/, ''))}`;
}

describe('Of the published test cases for addresses', () => {
  test.each(Object.entries(corpus))('%s: each becomes what is written beside it', (_, listed) => {
    expect(listed.map(([typed]) => [typed, outcomeOf(typed)])).toEqual(listed);
  });

  test('there are hundreds, half of them accepted, and none twice', () => {
    expect(accepted.length).toBeGreaterThan(200);
    expect(cases.length - accepted.length).toBeGreaterThan(100);
    expect(new Set(cases.map(([typed]) => typed)).size).toBe(cases.length);
  });

  test('each that is accepted is its own n1 form from then on', () => {
    for (const [, outcome] of accepted) expect(outcomeOf(outcome)).toBe(outcome);
  });

  test('two share a form only when they are one mailbox', () => {
    const mailboxes = new Map<string, Set<string>>();
    const forms = new Map<string, Set<string>>();
    for (const [typed, outcome] of accepted) {
      const mailbox = mailboxOf(typed);
      forms.set(mailbox, (forms.get(mailbox) ?? new Set()).add(outcome));
      mailboxes.set(outcome, (mailboxes.get(outcome) ?? new Set()).add(mailbox));
    }
    const several = (sets: Map<string, Set<string>>) => [...sets].filter(([, set]) => set.size > 1);
    expect(several(mailboxes)).toEqual([]);
    expect(several(forms)).toEqual([]);
    expect(mailboxes.size).toBeLessThan(accepted.length);
  });
});

describe('The n1 form is the same under every version of Node', () => {
  test('of the published cases and of 10,000 generated addresses: bench/normalisation.ts asks Node 22 and 26', () => {
    expect(measuredDigests()).toEqual(digests);
  });

  test('the generated ones are accepted and refused in good number', () => {
    const outcomes = generatedAddresses().map(outcomeOf);
    expect(outcomes).toHaveLength(10_000);
    const refused = outcomes.filter((outcome) => outcome.startsWith('refused: '));
    expect(refused.length).toBeGreaterThan(3_000);
    expect(refused.length).toBeLessThan(7_000);
    expect(new Set(refused).size).toBeGreaterThan(8);
  });

  test('because what not every one of them knows is refused, also behind xn--', () => {
    // U+1FADC came with Unicode 16, U+A7CB too; both are letters or signs that anybody can see.
    for (const text of ['\u{1fadc}@example.com', '\ua7cb@example.com', 'a@\ua7cb.example'])
      expect(outcomeOf(text)).toBe('refused: invisible');
    // The same sign, and two of Unicode 16 that the next normal form joins to one.
    for (const name of ['xn--x29h', 'xn--sq1d', 'xn--rq1dwe'])
      expect(outcomeOf(`a@${name}.example`)).toBe('refused: domain');
    // Joiners are invisible, and refused as they are typed; names that need one are written with xn--.
    expect(outcomeOf('a@xn--mgba3gch31f060k.example')).toBe('a@xn--mgba3gch31f060k.example');
  });

  test('and everything that is accepted is assigned and visible to this one', () => {
    const seen = /^[^\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Z}]$/u;
    let count = 0;
    for (let number = 0x80; number <= 0x10ffff; number += 1) {
      const character = String.fromCodePoint(number);
      if (!parseEmailAddress(`a${character}@example.com`).ok) continue;
      count += 1;
      if (!seen.test(character)) expect(number.toString(16)).toBe('refused');
    }
    expect(count).toBeGreaterThan(149_000);
    expect(count).toBeLessThan(149_300);
  });
});
