import { expect, test } from 'vitest';
import { unnamedSite } from '#src/domain/site/queries.ts';
import { openMessages } from '#src/messages/messages.ts';
import { markdownToText } from '#src/text/markdown.ts';
import { privacyMarkdown, privacySections } from '#src/words/privacy.ts';

const messages = openMessages();

test.each(['en', 'es'])(
  'as Markdown the default notice says the same, whatever is in the settings: %s',
  (tag) => {
    const site = {
      ...unnamedSite,
      legalEntity: '1. *Star* & [Sons]_ <b>',
      dataProtectionContact: 'data_protection@harbourline.example',
      hostedBy: '# `Host` \\ 2',
      deliveredBy: '- Net',
    };
    const sections = privacySections(site, 'resend', messages.in(tag));
    const said = markdownToText(privacyMarkdown(sections)).replace(/\s+/g, ' ');
    for (const { title, paragraphs } of sections)
      for (const text of [title, ...paragraphs]) expect(said).toContain(text.replace(/\s+/g, ' '));
  },
);
