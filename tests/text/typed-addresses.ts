import fc from 'fast-check';

/** Every kind of trouble that a local part can still be accepted with: case, marks, and what other cases make of it. */
const pieces = [
  ...'abkzAHJKTWY09.+-_',
  ...[
    '\u0301',
    '\u0308',
    '\u030a',
    '\u030c',
    '\u0331',
    '\u0323',
    'é',
    'É',
    'Å',
    'ſ',
    'ı',
    'İ',
    'ß',
    'ẞ',
    'ﬁ',
    'Ω',
    '\u2126',
    'К',
    'ｋ',
    '用',
    'ا',
    '\u1e96',
    '가',
    '\u1100',
    '\u1161',
    '😀',
  ],
];

const domains = [
  'example.com',
  'EXAMPLE.net',
  'bücher.example',
  'BÜCHER.Example',
  'faß.example',
  'fass.example',
  'xn--bcher-kva.example',
  'ıstanbul.example',
  'İstanbul.example',
  '\u212aelvin.example',
  'ｆｕｌｌ.example',
  'пример.example',
  'مثال.example',
  '例え.example',
  'a-b.c1.example',
];

/** Addresses as somebody could type them; nearly all are accepted. */
export const typedAddress = fc
  .tuple(
    fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 12 }),
    fc.oneof(
      fc.constantFrom(...domains),
      fc
        .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 })
        .map((label) => `${label.join('')}.example`),
    ),
  )
  .map(([local, domain]) => `${local.join('')}@${domain}`);

/** Any characters at all, by their numbers: no table of the runtime's has a say in which. */
export const anyAddress = fc
  .tuple(characters(12), characters(8))
  .map(([local, domain]) => `${local}@${domain}.example`);

function characters(max: number) {
  const planes = fc.oneof(
    fc.integer({ min: 0x21, max: 0x24f }),
    fc.integer({ min: 0x250, max: 0x2fff }),
    fc.integer({ min: 0x3000, max: 0x1ffff }),
  );
  return fc
    .array(planes, { minLength: 1, maxLength: max })
    .map((numbers) => String.fromCodePoint(...numbers).toWellFormed());
}
