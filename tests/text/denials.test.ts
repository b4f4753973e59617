import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDenials } from '#src/text/denials/denials.ts';
import { visibleText } from '#src/text/visible-text.ts';

const contradicted = [
  'No personal information was disclosed.',
  'no personal data was disclosed',
  'NO PERSONAL DATA HAS BEEN EXPOSED!',
  'We can confirm that no customer data has been leaked.',
  'No user data was compromised.',
  'No client information was shared.',
  'At no time was customer data exposed, no personal details were visible.',
  'No PII was leaked.',
  'No personally identifiable information was involved.',
  'No personally-identifiable information (PII) was involved.',
  'No email addresses were disclosed.',
  'No e-mail addresses were disclosed.',
  'No e‑mail addresses were disclosed.',
  'No data was leaked.',
  'No data of any kind was lost.',
  'No information has been disclosed.',
  'No personal or financial information was disclosed.',
  'No financial or personal information was disclosed.',
  'No passwords, personal data or balances were disclosed.',
  'Neither passwords nor personal data were disclosed.',
  'None of your personal information was disclosed.',
  'None of our customers’ data was affected.',
  'Zero customer records were exposed.',
  'There was no disclosure of personal data.',
  'There has been no unauthorised access to customer data.',
  'There is no risk to your personal data.',
  'There was no data breach.',
  'This was not a data breach.',
  'This mistake happened without any personal data being disclosed.',
  'No information about our customers was disclosed.',
  'No information of a personal nature was disclosed.',
  'No data belonging to customers was exposed.',
  'We did not disclose any personal information.',
  'We didn’t expose customer data.',
  "We haven't leaked any personal data.",
  'We have never disclosed your personal data.',
  'The mail did not contain any personal data.',
  'The messages do not contain personal data.',
  'They do not reveal any personal information.',
  'The incident did not involve personal data.',
  'The incident has not resulted in the disclosure of personal data.',
  'We did not, at any time and under no circumstance, disclose personal data.',
  'Email addresses are not personal data.',
  'An address is not considered personal information.',
  'Only non-personal information was visible.',
  'Personal information was not disclosed.',
  'Customer data was not affected.',
  'Your personal data was never exposed.',
  'Your data wasn’t leaked.',
  'Your data has in no way been compromised.',
  'Personal information was not, at any time, disclosed to third parties.',
  'Customer data and passwords were not accessed.',
  'Your personal data was disclosed to nobody.',
  'Personal data was shown to no one.',
  'Your personal information is safe.',
  'All customer data remains secure.',
  'All data is safe.',
  'Your details remain confidential.',
  'Nobody was affected.',
  'No customers were affected.',
  'No one has been affected.',
  'None of our customers were affected.',
  'Our customers are not affected.',
  'Users were not impacted.',
  'We have no evidence that personal information was disclosed.',
  'There is no indication that any customer data has been exposed.',
  'We found no evidence that anyone accessed customer data.',
  'Was personal information disclosed? No.',
  'Was any personal data leaked? No, it was not.',
  'Were customer details exposed? They were not.',
  'The following was not disclosed: personal data, passwords.',
  'Not disclosed: personal information.',
  'Personal data disclosed: none',
  'Only addresses were visible; no personal data was disclosed.',
  'No “personal” information was disclosed.',
  'No (personal) data was disclosed.',
  'No addresses were exposed.',
  'Addresses were not disclosed.',
  'Your addresses have not been shown to anybody.',
  'Data was not compromised.',
  'No data leaked.',
  'Nothing was disclosed.',
  'Nothing personal was shown.',
  'There was no leak.',
  'No breach occurred.',
  'We did not disclose anything.',
  'Your privacy was not affected.',
  'No customer list was disclosed.',
  'We can rule out that personal data was disclosed.',
  'We have ruled out any disclosure of customer data.',
  'The mail was free of personal data.',
  'Personal data is not at risk.',
  'Customer data is unaffected.',
  'There is no impact on customers.',
  'No one’s personal data was exposed.',
  'No personal data was disclosed, but please address questions to our desk.',
  'No personal data was disclosed, but that does not excuse the mistake.',
];

const true_ = [
  'Your email address was shown to up to 999 other customers.',
  'No passwords were disclosed.',
  'No customer passwords or balances were disclosed.',
  'No customer funds were affected.',
  'No financial information was disclosed.',
  'No other personal information was disclosed.',
  'No further personal data was involved.',
  'Other personal data was not disclosed.',
  'Nothing but email addresses was disclosed.',
  'Apart from your email address, no personal data was disclosed.',
  'No personal information other than e-mail addresses was disclosed.',
  'No personal data was shown, with the exception of your address.',
  'Passwords, balances and identity documents were not in it.',
  'Not shown: your password, your balance, your trades, your documents, your phone number.',
  'The mail system holds none of these, and no other system was involved.',
  'Our core systems were not affected.',
  'Customer data in our core systems was not accessed.',
  'We do not know yet whether personal data was passed on.',
  'We do not know who has read the mail.',
  'We will never ask for your personal data.',
  'Never share your personal information with anybody who calls.',
  'Please do not send personal data by mail.',
  'Do not enter your personal details anywhere.',
  'Not only personal data but also passwords were exposed.',
  'Personal data was disclosed.',
  'Email addresses were shown and not hidden.',
  'Email addresses were not hidden from the other recipients.',
  'No, your personal data was shown to others.',
  'Was personal data disclosed? Yes, your email address.',
  'Was any other personal data disclosed? No.',
  'We have no evidence that personal data was misused.',
  'We cannot rule out that personal data was passed on.',
  'Nothing else was disclosed.',
  'Nothing was sent after 07:15.',
  'We did not disclose anything else.',
  'There was no breach of our core systems.',
  'There is no impact on customer funds.',
  'The customer database was not affected.',
  'No postal addresses were disclosed.',
  'No wallet addresses were disclosed.',
  'No further addresses can become visible.',
  'The addresses in the last two mails were not shown.',
  'Your identity documents were not shown.',
  'We ask for no personal data.',
  'Contracts that have already settled are not affected.',
  'If you did not get this mail, you are not affected.',
  'Customers who did not get the mail are not affected.',
  'It is not clear whether customer data was copied.',
  'There is no need to change your personal details.',
  'No action is needed.',
  'Twelve minutes later no mail was being sent.',
  'These addresses are personal data, and it was our duty to protect them.',
  'Turn on a second factor in your account, if you have not.',
  'Questions about your data: privacy@harbourline.example.',
];

describe('claims that a list of disclosed addresses contradicts', () => {
  test.each(contradicted)('found: %s', (text) => {
    expect(findDenials(text)).toHaveLength(1);
    expect(findDenials(text)[0]?.certain).toBe(true);
  });

  test.each(true_)('left alone: %s', (text) => {
    expect(findDenials(text)).toEqual([]);
  });

  test('a claim that leans on another sentence is pointed out, not certain', () => {
    const text = 'Your address was shown. Beyond that, no personal data was disclosed.';
    expect(findDenials(text)).toEqual([{ excerpt: 'no personal data', certain: false }]);
  });

  test('names are a claim only when the list is known to contain names', () => {
    const text = 'No names were disclosed.';
    expect(findDenials(text)).toEqual([]);
    expect(findDenials(text, { names: true })).toHaveLength(1);
    expect(findDenials('No user names were disclosed.', { names: true })).toEqual([]);
  });

  test('the excerpt is the words as they stand, with addresses masked', () => {
    expect(findDenials('Ask anna@people.example. We say: No\n Personal Data was lost.')).toEqual([
      { excerpt: 'No Personal Data', certain: true },
    ]);
    expect(findDenials('Was my personal data disclosed?\n\nNo. Not at all.')).toEqual([
      { excerpt: 'Was my personal data disclosed? No', certain: true },
    ]);
  });
});

/** Ways to break up a text that a reader does not see, or sees as the same words. */
const gaps = [
  ' ',
  '\n',
  '  \n',
  '\\\n',
  ' **',
  '** ',
  ' _',
  '_ ',
  '  ',
  '\u00a0',
  '\n> ',
  ' `',
  '` ',
  '\u200b ',
];

describe('markup does not hide a claim', () => {
  const claims = contradicted.filter((text) => /^[\w ,.]+$/.test(text));

  test('emphasis, code, links and line breaks between the words', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...claims),
        fc.array(fc.constantFrom(...gaps), { minLength: 8, maxLength: 8 }),
        (claim, chosen) => {
          let index = 0;
          const text = claim.replace(/ /g, () => chosen[index++ % chosen.length] ?? ' ');
          expect(findDenials(visibleText(text)).length, JSON.stringify(text)).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('around any word and inside it', () => {
    const wraps = ['**', '*', '***'];
    fc.assert(
      fc.property(
        fc.constantFrom(...claims),
        fc.nat(),
        fc.nat(),
        fc.constantFrom(...wraps),
        (claim, which, where, mark) => {
          const words = claim.split(' ');
          const at = which % words.length;
          const word = words[at] as string;
          const cut = where % word.replace(/\W+$/, '').length;
          words[at] = `${word.slice(0, cut)}${mark}${word.slice(cut).replace(/(\w+)/, `$1${mark}`)}`;
          expect(findDenials(visibleText(words.join(' '))).length, words.join(' ')).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a link on one of the words, a table, a list, a heading', () => {
    expect(findDenials(visibleText('No [personal](https://a.example) data was disclosed.'))).toHaveLength(1);
    expect(findDenials(visibleText('# No personal data\n\nwas disclosed'))).toHaveLength(1);
    expect(findDenials(visibleText('| a | b |\n|---|---|\n| Personal data | not disclosed |'))).toHaveLength(
      1,
    );
    expect(findDenials(visibleText('No&nbsp;personal&#32;data was dis&shy;closed.'))).toHaveLength(1);
    expect(findDenials(visibleText('- no personal\n- data was disclosed'))).toHaveLength(1);
    expect(findDenials(visibleText('no personal\n\ndata was disclosed'))).toHaveLength(1);
  });

  test('advice in a list without full stops is no claim', () => {
    const text =
      '1. Delete the mail\n2. Do not disclose personal data to callers\n3. Never give your details to anybody';
    expect(findDenials(visibleText(text))).toEqual([]);
  });
});

test.each([
  'no personal ',
  'not ',
  'personal or ',
  'data of the ',
  'no evidence that ',
  ', ',
  'a@',
  'none of ',
  'ruled out ',
  'no impact on ',
  'nothing was ',
  'is this? no ',
])('100,000 characters of "%s" take no longer than prose', (piece) => {
  const startedAt = performance.now();
  findDenials(piece.repeat(100_000 / piece.length));
  expect(performance.now() - startedAt).toBeLessThan(1000);
});
