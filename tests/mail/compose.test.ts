import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { composeConfirmSubscription } from '#src/mail/compose/confirm-subscription.ts';
import { personalHeaders, updateHeaders } from '#src/mail/compose/headers.ts';
import type { Letter } from '#src/mail/compose/letter.ts';
import { composeNoticeUpdate } from '#src/mail/compose/notice-update.ts';
import { composeAddAddressCode, composeSignInCode } from '#src/mail/compose/sign-in-code.ts';
import { slottedLetter, UNSUBSCRIBE_TOKEN_SLOT } from '#src/mail/compose/slots.ts';
import { composeStatementDuty } from '#src/mail/compose/statement-duty.ts';
import { composeStatementUpdate } from '#src/mail/compose/statement-update.ts';
import { assertOneRecipient } from '#src/mail/one-recipient.ts';
import { someMessage } from './messages.ts';

const site = { siteName: 'Example Exchange', siteUrl: 'https://status.example.com' };
const told = {
  title: 'We sent your address to other customers',
  summary: 'On 1 November we made a mistake while mailing you.',
  byline: 'Ada Byron, Chief Operating Officer · 4 November 2019, 09:00 UTC',
  html: '<h2>What happened</h2>\n<p>We wrote to <strong>20,000</strong> people &amp; showed addresses.</p>',
  text: 'What happened\n-------------\n\nWe wrote to 20,000 people & showed addresses.\n',
  permalink: 'https://status.example.com/statements/addresses',
};
const update = {
  ...site,
  told,
  id: 'b7k2m9x4q1wz',
  unsubscribeUrl: `https://status.example.com/u/${UNSUBSCRIBE_TOKEN_SLOT}`,
  preferencesUrl: 'https://status.example.com/my/preferences',
};
const code = { ...site, link: 'https://status.example.com/sign-in/abc', code: 'K7WM-3XQP', minutes: 10 };

const letters: [string, Letter][] = [
  ['sign-in code', composeSignInCode(code)],
  ['add-address code', composeAddAddressCode(code)],
  [
    'confirmation',
    composeConfirmSubscription({ ...site, link: code.link, topics: ['statements', 'notices'], hours: 24 }),
  ],
  ['statement update', composeStatementUpdate(update)],
  ['notice update', composeNoticeUpdate({ ...update, effective: '4 November 2019, 00:00 UTC' })],
  [
    'statement duty',
    composeStatementDuty({ ...site, told, id: update.id, signInUrl: 'https://status.example.com/sign-in' }),
  ],
];

describe.each(letters)('every letter: %s', (_, { subject, text, html }) => {
  it('fetches nothing when it is opened', () => {
    expect(html).not.toMatch(/<(?:img|link|script|iframe|object|embed|video|audio|source|base|form)\b/i);
    expect(html).not.toMatch(/\s(?:src|srcset|background|poster|style|on\w+)\s*=/i);
    expect(html).not.toMatch(/url\(|@import|@font-face/i);
  });

  it('stays under 30 kB', () => {
    expect(Buffer.byteLength(html)).toBeLessThan(30_000);
    expect(Buffer.byteLength(text)).toBeLessThan(30_000);
  });

  it('says in text what it says in HTML, each link included', () => {
    const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => href!);
    for (const href of links.filter((href) => href !== site.siteUrl)) expect(text).toContain(href);
    expect(text).not.toMatch(/<[a-z]|&[a-z]+;/i);
    expect(text.trim()).not.toBe('');
  });

  it('names its language and direction, and adapts to light and dark', () => {
    expect(html).toMatch(/<html lang="en" dir="ltr">/);
    expect(html).toContain('<meta name="color-scheme" content="light dark">');
    expect(html).toContain('prefers-color-scheme: dark');
  });

  it('has a subject of one line and no cliché', () => {
    expect(subject).toMatch(/^[^\r\n]{1,200}$/);
    expect(text).not.toMatch(
      /seriously|abundance of caution|apologi[sz]e for any inconvenience|valued|dear customer/i,
    );
    expect(() => assertOneRecipient(someMessage({ subject, text, html }))).not.toThrow();
  });
});

describe('a code', () => {
  const { subject, text, html } = composeSignInCode(code);

  it('is in the text and the HTML, and not in the subject', () => {
    expect(text).toContain('K7WM-3XQP');
    expect(html).toContain('K7WM-3XQP');
    expect(subject).not.toContain('K7WM');
  });

  it('says how long it works, what to do when it was not asked for, and that everybody gets this', () => {
    expect(text.replace(/\s+/g, ' ')).toContain('It works for 10 minutes');
    expect(text.replace(/\s+/g, ' ')).toContain('If it was not you, do nothing');
    expect(text.replace(/\s+/g, ' ')).toContain('gets this message, whether we know it or not');
  });

  it('has no way to unsubscribe', () => {
    expect(text + html).not.toMatch(/unsubscribe|\/u\//i);
  });
});

describe('an update', () => {
  it('has the news as its subject', () => {
    expect(composeStatementUpdate(update).subject).toBe(told.title);
  });

  it('carries the whole text, who says it, the permalink, both ways out and its id', () => {
    const { text, html } = composeStatementUpdate(update);
    for (const part of [told.permalink, update.unsubscribeUrl, update.preferencesUrl, update.id]) {
      expect(text).toContain(part);
      expect(html).toContain(part);
    }
    expect(html).toContain(told.html);
    expect(text).toContain('Ada Byron, Chief Operating Officer');
  });

  it('says when a notice takes effect, before the text', () => {
    const { text } = composeNoticeUpdate({ ...update, effective: '4 November 2019, 00:00 UTC' });
    expect(text.indexOf('takes effect on 4 November 2019')).toBeLessThan(text.indexOf('What happened'));
    expect(composeNoticeUpdate(update).text).not.toContain('takes effect');
  });
});

describe('a duty', () => {
  const duty = composeStatementDuty({ ...site, told, id: update.id });

  it('is complete without a click, and has nothing to unsubscribe with', () => {
    expect(duty.html).toContain(told.html);
    expect(duty.text + duty.html).not.toMatch(/\/u\/|List-Unsubscribe|preferences/);
    expect(duty.text).not.toContain('{{');
  });

  it('says why it came to somebody who never asked', () => {
    expect(duty.text.replace(/\s+/g, ' ')).toContain(
      'whether or not they have an account or ever asked for mail',
    );
  });

  it('says how to learn what concerns one, once that can be asked', () => {
    const asked = composeStatementDuty({
      ...site,
      told,
      id: update.id,
      signInUrl: 'https://status.example.com/sign-in',
    });
    expect(duty.text).not.toContain('What this means for your address');
    expect(asked.text).toContain('What this means for your address');
    expect(asked.text).toContain('https://status.example.com/sign-in');
  });
});

describe('what others wrote', () => {
  it('is text wherever it is put, and opens no element', () => {
    const hostile = '</p><script>alert(1)</script><img src=x onerror=alert(1)>"\'&';
    const { html } = composeStatementDuty({
      siteName: hostile,
      siteUrl: site.siteUrl,
      told: { ...told, title: hostile, summary: hostile, byline: hostile },
      id: hostile,
    });
    expect(html).not.toMatch(/<script|<img/);
    expect(composeSignInCode({ ...code, siteName: hostile, code: hostile }).html).not.toMatch(/<script|<img/);
  });

  test.each([
    '<p><img src="https://tracker.example/x.gif"></p>',
    '<p><img alt=x></p>',
    '<a href="/x" onclick="x()">x</a>',
    '<a href="/x"style="background:url(https://tracker.example)">x</a>',
    '<table background="https://tracker.example/x.gif"></table>',
    '<style>@import url(https://tracker.example)</style>',
    '<script src=x></script>',
    '<form action="https://tracker.example"></form>',
  ])('is refused when it would fetch or run something: %s', (html) => {
    expect(() => composeStatementDuty({ ...site, told: { ...told, html }, id: 'x' })).toThrow(
      'mail carries none',
    );
  });

  test.each([
    '<p>Write <code>&lt;img src="x"&gt;</code>: style = plain, src = none.</p>',
    '<p><a href="https://status.example.com/online=1?style=a&amp;src=b" title="on time = good">x</a></p>',
  ])('passes when it only speaks of such things: %s', (html) => {
    expect(() => composeStatementDuty({ ...site, told: { ...told, html }, id: 'x' })).not.toThrow();
  });

  it('is held against its shape in linear time', () => {
    for (const piece of ['<a ', '<a<', '<a "', "<a x='", '<', ' src', '{{slot:', 'a ']) {
      const html = piece.repeat(Math.ceil(80_000 / piece.length));
      const started = performance.now();
      try {
        composeStatementUpdate({
          ...update,
          told: { ...told, html, text: html, title: html, summary: piece },
        });
      } catch {
        // Refusing is an answer too; only the time counts here.
      }
      expect(performance.now() - started).toBeLessThan(200);
    }
  });

  it('links to pages and to nothing else', () => {
    expect(() => composeSignInCode({ ...code, link: 'javascript:alert(1)' })).toThrow('http and https');
  });

  it('is refused when mail programs would cut it off, with the way to unsubscribe behind the cut', () => {
    const html = `<p>${'word '.repeat(20_000)}</p>`;
    expect(() => composeStatementUpdate({ ...update, told: { ...told, html } })).toThrow('Shorten the text');
  });

  it('cannot add a slot', () => {
    const text = 'Write {{slot:token}} or {{slot:other}} there.';
    const rendered = composeStatementUpdate({
      ...update,
      told: { ...told, title: text, text, html: `<p>${text}</p>` },
    });
    const { text: filled } = slottedLetter({ ...rendered, subject: 'x' })({ token: 'SECRET' });
    expect(filled.split('SECRET')).toHaveLength(2);
  });
});

describe('slots', () => {
  const rendered = composeStatementUpdate(update);

  it('are filled in text and HTML, with this recipient’s token and nobody else’s', () => {
    const fill = slottedLetter(rendered);
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,80}$/), (token) => {
        const filled = fill({ token });
        expect(filled.text).toContain(`https://status.example.com/u/${token}\n`);
        expect(filled.html).toContain(`href="https://status.example.com/u/${token}"`);
        expect(filled.text + filled.html).not.toContain('{{');
        expect(filled.subject).toBe(rendered.subject);
      }),
    );
  });

  it('are an error where one is missing', () => {
    expect(() => slottedLetter({ ...rendered, text: 'x' })).toThrow('text of the letter lacks the slot');
    expect(() => slottedLetter({ ...rendered, html: 'x' })).toThrow('HTML of the letter lacks the slot');
  });

  it('are an error where one is not known', () => {
    const unknown = { ...rendered, html: `${rendered.html}{{slot:name}}` };
    expect(() => slottedLetter(unknown)).toThrow('unknown slot "name"');
  });

  test.each(['', 'a b', 'a"b', '<b>', '{{slot:token}}', 'a\r\nb', '$&'])(
    'are not filled with %j',
    (token) => {
      expect(() => slottedLetter(rendered)({ token })).toThrow('sign that no token has');
    },
  );
});

describe('headers', () => {
  const headers = updateHeaders({
    siteUrl: 'https://status.example.com',
    unsubscribeUrl: 'https://status.example.com/u/TOKEN',
    broadcastId: 'b7k2m9x4q1wz',
    topic: 'statements',
  });

  it('of an update let a mail program unsubscribe with one click', () => {
    expect(headers).toEqual({
      'List-Unsubscribe': '<https://status.example.com/u/TOKEN>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'List-Id': '<statements.status.example.com>',
      'Auto-Submitted': 'auto-generated',
      'Feedback-ID': 'b7k2m9x4q1wz:statements:update:forthright',
      'X-Entity-Ref-ID': 'b7k2m9x4q1wz',
    });
    expect(() => assertOneRecipient(someMessage({ headers }))).not.toThrow();
  });

  it('have four fields of feedback, and nothing of the recipient in it', () => {
    expect(headers['Feedback-ID']?.split(':')).toHaveLength(4);
    expect(headers['Feedback-ID']).not.toContain('TOKEN');
  });

  it('of duty mail, codes and confirmations offer no unsubscribing', () => {
    expect(personalHeaders({ id: 'l1' })).toEqual({
      'Auto-Submitted': 'auto-generated',
      'X-Entity-Ref-ID': 'l1',
    });
  });
});
