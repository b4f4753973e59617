import fc from 'fast-check';
import { toASCII } from 'tr46';
import { describe, expect, test } from 'vitest';
import {
  ADDRESS_REFUSALS,
  type EmailAddress,
  maskedAddress,
  normalisedAddress,
  parseEmailAddress,
} from '#src/text/email-address.ts';
import { typedAddress } from './typed-addresses.ts';

/** The keyed form, or the reason why there is none. */
function n1(text: string): string {
  const parsed = parseEmailAddress(text);
  return parsed.ok ? normalisedAddress(parsed.address) : parsed.reason;
}

function accepted(text: string): EmailAddress {
  const parsed = parseEmailAddress(text);
  if (!parsed.ok) throw new Error(`${JSON.stringify(text)} was refused: ${parsed.reason}`);
  return parsed.address;
}

const sixtyThree = 'd'.repeat(63);

describe('An address is accepted as it was typed and keyed by its n1 form', () => {
  test.each([
    ['mara@example.com', 'mara@example.com'],
    ['  Mara.Lindqvist@Example.COM  ', 'mara.lindqvist@example.com'],
    ['mara@example.com.', 'mara@example.com'],
    ['mara+news@example.com', 'mara+news@example.com'],
    ['m.a.r.a@example.com', 'm.a.r.a@example.com'],
    ['m..a@example.com', 'm..a@example.com'],
    ["o'brien!#$%&*-/=?^_`{|}~@example.com", "o'brien!#$%&*-/=?^_`{|}~@example.com"],
    ['a@b.co', 'a@b.co'],
    ['MARA@BÜCHER.example', 'mara@xn--bcher-kva.example'],
    ['mara@xn--BCHER-kva.example', 'mara@xn--bcher-kva.example'],
    ['mara@bu\u0308cher.example', 'mara@xn--bcher-kva.example'],
    ['mara@faß.example', 'mara@xn--fa-hia.example'],
    ['mara@例え。テスト.example', 'mara@xn--r8jz45g.xn--zckzah.example'],
    ['mara@１２３.example', 'mara@123.example'],
    ['mara@פרי.example', 'mara@xn--eebvm.example'],
    ['JOS\u00c9@example.com', 'jos\u00c9@example.com'],
    ['JOSE\u0301@example.com', 'jos\u00c9@example.com'],
    ['用户@example.com', '用户@example.com'],
    ['H\u0331@example.com', '\u1e96@example.com'],
    [`${'l'.repeat(64)}@example.com`, `${'l'.repeat(64)}@example.com`],
    [
      `a@${sixtyThree}.${sixtyThree}.${sixtyThree}.example`,
      `a@${sixtyThree}.${sixtyThree}.${sixtyThree}.example`,
    ],
  ])('%j', (typed, keyed) => {
    expect(n1(typed)).toBe(keyed);
  });

  test('the address written to keeps the capitals of its local part and not those of its domain', () => {
    expect(accepted(' Mara.L@EXAMPLE.com. ')).toBe('Mara.L@example.com');
  });
});

describe('What is refused says why', () => {
  const refusals: [keyof typeof ADDRESS_REFUSALS, string[]][] = [
    ['empty', ['', '   ']],
    [
      'tooLong',
      [
        `a@${'b.'.repeat(130)}example`,
        ' '.repeat(9) + 'x'.repeat(300) + '@example.com',
        'é'.repeat(128) + '@x.example',
        `${'l'.repeat(60)}@${'ü.'.repeat(25)}example`,
      ],
    ],
    ['brokenText', ['\ud800@example.com', 'a@ex\udfffample.com']],
    [
      'control',
      [
        'a\0@example.com',
        'a@example.com\n',
        'a@example.com\r\nBcc: b@example.com',
        '\ta@example.com',
        'a\x7f@example.com',
        'a\u0085@example.com',
        'a\u2028b@example.com',
      ],
    ],
    [
      'invisible',
      [
        'a\u200bb@example.com',
        'a@exam\u200dple.com',
        'a\u202eb@example.com',
        'a\u2066b@example.com',
        '\ufeffa@example.com',
        'a\u00ad@example.com',
        'a\ufe0f@example.com',
        'a\u3164@example.com',
        'a\u{e0061}@example.com',
        'a\ue000@example.com',
        'a\u0378@example.com',
      ],
    ],
    [
      'space',
      [
        'a b@example.com',
        'a@exam ple.com',
        'a\u00a0b@example.com',
        'a\u3000@example.com',
        'a@example.com b@example.com',
      ],
    ],
    ['noAt', ['mara', 'mara.example.com', 'mara＠example.com']],
    ['list', ['a@example.com,b@example.com', 'a@example.com; b@example.com', 'a@example.com,']],
    ['comment', ['a(home)@example.com', 'a@example.com (Mara)']],
    ['named', ['Mara <a@example.com>', '<a@example.com>']],
    ['quoted', ['"a b"@example.com', '"a"@example.com', '"Mara" a@example.com']],
    ['manyAt', ['a@b@example.com', '@@example.com']],
    ['noLocal', ['@example.com']],
    ['localTooLong', [`${'l'.repeat(65)}@example.com`, `${'é'.repeat(33)}@example.com`]],
    ['encodedWord', ['=?utf-8?q?a=40b.example?=@example.com']],
    ['lookalike', ['\u212aate@example.com', 'a\u037eb@example.com', 'a\u1fef@example.com']],
    ['localSign', ['a\\b@example.com', 'a:b@example.com', 'a[b]@example.com']],
    ['noDomain', ['a@']],
    ['ipLiteral', ['a@[127.0.0.1]', 'a@[IPv6:::1]', 'a@127.0.0.1']],
    ['noDot', ['a@localhost', 'a@example.', 'root@xn--bcher-kva']],
    [
      'domain',
      [
        'a@.',
        'a@.example.com',
        'a@example..com',
        'a@example.com..',
        'a@-example.com',
        'a@example-.com',
        'a@ab--cd.example',
        'a@exam_ple.com',
        `a@${sixtyThree}d.example`,
        `a@${'ü'.repeat(60)}.example`,
        'a@xn--a.example',
        'a@xn--0.example',
        'a@℀.example',
        'a@\u0301x.example',
        'a@אa.example',
        'a@xn--ab-m1t.example',
        'a@exam/ple.com',
      ],
    ],
  ];

  test.each(refusals.flatMap(([refusal, texts]) => texts.map((text) => [refusal, text] as const)))(
    '%s: %j',
    (refusal, text) => {
      expect(parseEmailAddress(text)).toEqual({ ok: false, refusal, reason: ADDRESS_REFUSALS[refusal] });
    },
  );

  test('every refusal has an example', () => {
    expect(refusals.map(([refusal]) => refusal).sort()).toEqual(Object.keys(ADDRESS_REFUSALS).sort());
  });

  test('in no more time for 100,000 characters than for a few', () => {
    const long = ['a', ' ', '@', '.', 'a.', 'a-', '\u0301', 'ü', '((', '"', '\u200d', 'xn--'].flatMap(
      (piece) => {
        const many = piece.repeat(100_000 / piece.length);
        return [many, `a@${many}`, `${many}@example.com`, `a${many}b`];
      },
    );
    const startedMs = performance.now();
    for (const text of long) {
      expect(parseEmailAddress(text).ok).toBe(false);
      expect(maskedAddress(text).length).toBeLessThan(300);
    }
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });
});

const typed = typedAddress.filter((text) => parseEmailAddress(text).ok);

/** What no setting of the runtime can change: canonical equivalence, and the case of A to Z. */
function sameMailbox(one: string, other: string): boolean {
  const [oneAt, otherAt] = [one.lastIndexOf('@'), other.lastIndexOf('@')];
  const fold = (text: string) =>
    text
      .normalize('NFC')
      .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
      .normalize('NFC');
  const ascii = (domain: string) => toASCII(domain, { useSTD3ASCIIRules: true });
  return (
    fold(one.slice(0, oneAt)) === fold(other.slice(0, otherAt)) &&
    ascii(one.slice(oneAt + 1)) === ascii(other.slice(otherAt + 1))
  );
}

describe('The n1 form', () => {
  test('is its own n1 form, and so is the address', () => {
    fc.assert(
      fc.property(typed, (text) => {
        const address = accepted(text);
        expect(accepted(address)).toBe(address);
        expect(n1(n1(text))).toBe(n1(text));
      }),
      { numRuns: 10_000 },
    );
  });

  test('holds for any text at all: a refusal or a form that is its own', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        (local, domain) => {
          const parsed = parseEmailAddress(`${local}@${domain}.example`);
          if (parsed.ok)
            expect(n1(normalisedAddress(parsed.address))).toBe(normalisedAddress(parsed.address));
        },
      ),
      { numRuns: 10_000 },
    );
  });

  test('is one for all accepted spellings', () => {
    fc.assert(
      fc.property(typed, fc.infiniteStream(fc.boolean()), (text, coins) => {
        const key = n1(text);
        const composed = text.normalize('NFC');
        const flipped = composed.replace(/[A-Za-z]/g, (letter) =>
          coins.next().value ? letter.toUpperCase() : letter.toLowerCase(),
        );
        for (const spelling of [
          flipped,
          `${text}.`,
          `  ${text} `,
          composed,
          text.normalize('NFD'),
          accepted(text),
        ]) {
          const parsed = parseEmailAddress(spelling);
          if (parsed.ok) expect(normalisedAddress(parsed.address)).toBe(key);
        }
        expect(n1(flipped)).toBe(key);
      }),
      { numRuns: 10_000 },
    );
  });

  test('differs for mailboxes that differ in more than the case of A to Z', () => {
    fc.assert(
      fc.property(typed, typed, (one, other) => {
        expect(n1(one) === n1(other)).toBe(sameMailbox(one, other));
      }),
      { numRuns: 10_000 },
    );
    const distinct = [
      'k',
      'ｋ',
      'к',
      's',
      'ſ',
      'ß',
      'ss',
      'i',
      'ı',
      'İ',
      'ï',
      'é',
      'É',
      'e',
      'fi',
      'ﬁ',
      'a.b',
      'ab',
      'a+b',
      'a',
    ];
    expect(new Set(distinct.map((local) => n1(`${local}@example.com`))).size).toBe(distinct.length);
  });

  test('of a plain domain is what the UTS 46 library says', () => {
    const labels = fc.stringMatching(/^[a-zA-Z0-9-]{0,5}$/);
    fc.assert(
      fc.property(fc.array(labels, { minLength: 2, maxLength: 4 }), (parts) => {
        const domain = [...parts, 'x'].join('.');
        const library = toASCII(domain, {
          checkBidi: true,
          checkHyphens: true,
          checkJoiners: true,
          useSTD3ASCIIRules: true,
          verifyDNSLength: true,
        });
        const parsed = parseEmailAddress(`a@${domain}`);
        if (parsed.ok) expect(parsed.address).toBe(`a@${library}`);
        else if (library !== null)
          expect([ADDRESS_REFUSALS.ipLiteral, ADDRESS_REFUSALS.noDot]).toContain(parsed.reason);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('A masked address shows its first character and its domain at most', () => {
  test.each([
    ['mara@example.com', 'm***@example.com'],
    [' mara@example.com ', 'm***@example.com'],
    ['Mara Lindqvist <mara@example.com>', 'M***@example.com'],
    ['a@example.com, mara.lindqvist@example.net, somebody', 'a***@example.net'],
    ['mara@example.com mara lindqvist', 'm***@example.com'],
    ['mara@bücher.example', 'm***@bücher.example'],
    ['mara', 'm***'],
    ['@example.com', '***@example.com'],
    ['mara@', 'm***@'],
    ['', '***'],
    ['😀mara@example.com', '😀***@example.com'],
    ['\u202emara@example.com', '?***@example.com'],
    ['\ud800@example.com', '?***@example.com'],
    ['mara@\r\nSet-Cookie: x', 'm***@'],
    [`m@${'d'.repeat(400)}`, `m***@${'d'.repeat(254)}`],
  ])('%j is %j', (text, masked) => {
    expect(maskedAddress(text)).toBe(masked);
  });

  test('whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(maskedAddress(text)).toMatch(/^.?\*\*\*(@[\p{L}\p{M}\p{N}.-]*)?$/u);
      }),
      { numRuns: 10_000 },
    );
  });
});
