import { describe, expect, test } from 'vitest';
import { markdownToText, renderMarkdown } from '#src/text/markdown.ts';

const OVERRIDE = '\u202e';

describe('Markdown becomes HTML', () => {
  test('with paragraphs, emphasis, lists, quotes, code and tables', () => {
    expect(
      renderMarkdown('One *two* **three** ~~four~~ `five`\n\n- a\n- b\n\n3. c\n\n> d\n\n```\ne < f\n```'),
    ).toBe(
      '<p>One <em>two</em> <strong>three</strong> <s>four</s> <code>five</code></p>\n' +
        '<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<ol start="3">\n<li>c</li>\n</ol>\n' +
        '<blockquote>\n<p>d</p>\n</blockquote>\n<pre><code>e &lt; f\n</code></pre>\n',
    );
  });

  test('with the alignment of cells as a class, never as a style', () => {
    const html = renderMarkdown('| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |');
    expect(html).toContain(
      '<th class="align-left">a</th>\n<th class="align-center">b</th>\n<th class="align-right">c</th>',
    );
    expect(html).toContain('<td class="align-right">3</td>');
    expect(html).not.toContain('style');
  });

  test.each([
    [
      'http links',
      '[a](http://a.example/x?y=1&z)',
      '<a href="http://a.example/x?y=1&amp;z" rel="noopener noreferrer">a</a>',
    ],
    [
      'https autolinks',
      '<https://a.example>',
      '<a href="https://a.example" rel="noopener noreferrer">https://a.example</a>',
    ],
    ['mail links', '[us](mailto:a@b.example)', '<a href="mailto:a@b.example">us</a>'],
    ['mail autolinks', '<a@b.example>', '<a href="mailto:a@b.example">a@b.example</a>'],
    [
      'reference links',
      '[a]\n\n[a]: https://a.example "t"',
      '<a href="https://a.example" title="t" rel="noopener noreferrer">a</a>',
    ],
    [
      'an image as a link',
      '![a *map*](https://a.example/m.png)',
      '<a href="https://a.example/m.png" rel="noopener noreferrer">a map</a>',
    ],
    [
      'an image without words',
      '![](https://a.example/m.png)',
      '<a href="https://a.example/m.png" rel="noopener noreferrer">https://a.example/m.png</a>',
    ],
    [
      'an image in a link',
      '[![map](https://a.example/m.png)](https://b.example)',
      '<a href="https://b.example" rel="noopener noreferrer">map</a>',
    ],
    ['bare addresses as they are', 'https://a.example a@b.example', 'https://a.example a@b.example'],
  ])('%s', (_, source, html) => {
    expect(renderMarkdown(source)).toBe(`<p>${html}</p>\n`);
  });
});

describe('Headings never outrank the page, start where they are told and skip no level', () => {
  test.each([
    ['# a', 2, 'h2'],
    ['# a', 3, 'h3'],
    ['## a\n## b\n### c\n## d', 3, 'h3 h3 h4 h3'],
    ['# a\n#### b\n## c', 3, 'h3 h4 h4'],
    ['### a\n# b\n## c', 2, 'h2 h2 h3'],
    ['# a\n## b\n### c\n#### d', 5, 'h5 h6 h6 h6'],
    ['a\n===\n\nb\n---', 4, 'h4 h5'],
    ['> # a\n\n- ## b', 3, 'h3 h4'],
    ['# a', 0, 'h1'],
  ])('%j from %i: %s', (source, headingsFrom, tags) => {
    const html = renderMarkdown(source, { headingsFrom });
    expect([...html.matchAll(/<(h\d)>.*<\/\1>/g)].map((match) => match[1]).join(' ')).toBe(tags);
  });
});

describe('No source can put anything else on the page', () => {
  const attacks = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
    '<!-- <img src=x onerror=alert(1)> -->',
    '<style>*{display:none}</style>',
    '</p><iframe src=https://evil.example>',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](java\nscript:alert(1))',
    '[x](<java\tscript:alert(1)>)',
    '[x](&#106;avascript:alert(1))',
    '[x](&#x6A&#x61;vascript:alert(1))',
    '[x](\u0001javascript:alert(1))',
    '[x](javascript&colon;alert(1))',
    '[x](vbscript:msgbox(1))',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '[x](data:image/png;base64,iVBORw0KGgo=)',
    '[x](file:///etc/passwd)',
    '[x](//evil.example)',
    '[x](/admin)',
    '[x](https:///evil.example)',
    '[x](blob:https://a.example/1)',
    '<javascript:alert(1)>',
    '[x]: javascript:alert(1)\n\n[x]',
    '![x](javascript:alert(1))',
    '![x](data:image/svg+xml,<svg onload=alert(1)>)',
    '![x" onerror="alert(1)](https://a.example/x.png)',
    '![x](https://a.example/x.png "t\\" onload=\\"alert(1)")',
    '[x](https://a.example/" onmouseover="alert(1))',
    '[x](https://a.example "t\\" onmouseover=\\"alert(1)")',
    '```"><script>alert(1)</script>\nx\n```',
    '| a |\n|:-:" onclick=alert(1)|\n| <script>alert(1)</script> |',
    '`<script>alert(1)</script>`',
    '[<img src=x onerror=alert(1)>](https://a.example)',
    '[x](mailto:a@b.example"><script>alert(1)</script>)',
    '\u0000<script>alert(1)</script>',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
  ];

  /** Tags and attributes the renderer may write, with their values. */
  const allowedTag =
    /<\/?(?:p|em|strong|s|code|ul|li|blockquote|pre|hr|br|h[1-6]|table|thead|tbody|tr)>|<\/?(?:ol|th|td|a|code)(?: (?:start="\d+"|class="[\w-]*[^"<>]*"|href="(?:https?:\/\/|mailto:)[^"<>\s]*"|rel="noopener noreferrer"|title="[^"<>]*"))*>/g;

  test.each(attacks)('%j', (source) => {
    expect(renderMarkdown(source).replace(allowedTag, '')).not.toMatch(/[<>"]/);
  });
});

describe('Characters that reorder or break text are taken out', () => {
  test.each([
    `moc.elpmaxe${OVERRIDE}`,
    '[safe&#x202e;](https://a.example)',
    '`\u2066a\u2069`',
    '![\u202d](https://a.example/\u202e.png "\u202b")',
    '```\u202a\n\u202c\n```',
    '\u0007\u001b[31m&#27;\u0085\ufffe\ud800',
  ])('%j', (source) => {
    for (const text of [renderMarkdown(source), markdownToText(source)]) {
      expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069\ufffe]/);
      expect(text.replace(/[\n\t]/g, '')).not.toMatch(/\p{Cc}/u);
      expect(text.isWellFormed()).toBe(true);
    }
  });

  test('marks that Arabic and Hebrew text needs stay', () => {
    expect(renderMarkdown('שלום\u200f!')).toBe('<p>שלום\u200f!</p>\n');
  });
});

/** The best of three: others may have the processor. */
function millisecondsOf(work: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const startedMs = performance.now();
    work();
    return performance.now() - startedMs;
  });
  return Math.min(...times);
}

describe('Depth and size', () => {
  test('what is nested too deeply is shown as text and not lost', () => {
    for (const mark of ['>', '- ', '1. ', '> - ']) {
      const source = `${mark.repeat(100)} last words`;
      expect(renderMarkdown(source)).toContain('last words');
      expect(markdownToText(source)).toContain('last words');
    }
  });

  test.each([
    ['10,000 nested quotes', `${'>'.repeat(10_000)} a`],
    ['10,000 nested quotes on 100 lines', `${'>'.repeat(10_000)} a\n`.repeat(100)],
    ['nested lists', '- '.repeat(500_000)],
    ['brackets', '['.repeat(1_000_000)],
    ['images', '!['.repeat(500_000)],
    ['links', '[a](https://b.example) '.repeat(45_000)],
    ['backticks', Array.from({ length: 1400 }, (_, length) => '`'.repeat(length)).join(' ')],
    ['tables', 'a|b\n-|-\n'.repeat(125_000)],
    ['a wide table', `${'|a'.repeat(5000)}\n${'|-'.repeat(5000)}\n${'|b'.repeat(490_000)}`],
    ['entities', '&#1;'.repeat(250_000)],
    ['plain words', 'word '.repeat(200_000)],
    ['emphasis that never ends', '*a **b '.repeat(145_000)],
    ['blank lines', 'a\n\n'.repeat(330_000)],
  ])('a megabyte of %s takes less than a second', (_, source) => {
    expect(millisecondsOf(() => renderMarkdown(source))).toBeLessThan(1000);
    expect(millisecondsOf(() => markdownToText(source))).toBeLessThan(1000);
  });

  test.each([
    ['quotes', '>'.repeat(20_000)],
    ['tables', 'a|b\n-|-\n'.repeat(2_500)],
    ['brackets', '!['.repeat(10_000)],
    ['emphasis', '*a **b '.repeat(2_850)],
    ['entities', '&#1;'.repeat(5_000)],
  ])('as much of %s as a field takes, well less than that', (_, source) => {
    expect(millisecondsOf(() => renderMarkdown(source))).toBeLessThan(500);
  });

  test('a text beyond measure stands as it was typed, and is as safe', () => {
    const source = `<script>alert(1)</script>\n\n[x](javascript:alert(1)) ${OVERRIDE}\n\n${'word '.repeat(60_000)}`;
    const html = renderMarkdown(source);
    expect(html).toMatch(/^<p>&lt;script&gt;alert\(1\)&lt;\/script&gt;<\/p>\n<p>\[x\]/);
    expect(html.replace(/<\/?p>/g, '')).not.toMatch(/[<\u202e]/);
    expect(html).not.toMatch(/href|<a/);
  });
});

describe('Markdown becomes text', () => {
  test.each([
    ['paragraphs', 'One\ntwo.\n\nThree\\\nfour.', 'One two.\n\nThree\nfour.\n'],
    ['emphasis', '*a* **b** ~~c~~ `d` &amp; \\*', 'a b ~~c~~ d & *\n'],
    ['headings', '# What happened\n\nThis.', 'What happened\n-------------\n\nThis.\n'],
    ['links', '[our page](https://a.example/x)', 'our page (https://a.example/x)\n'],
    [
      'links that say where they go',
      '<https://a.example> <a@b.example> [a@b.example](mailto:a@b.example)',
      'https://a.example a@b.example a@b.example\n',
    ],
    ['mail links', '[us](mailto:a@b.example)', 'us (a@b.example)\n'],
    ['images', '![a map](https://a.example/m.png)', 'a map (https://a.example/m.png)\n'],
    ['lists', '- a\n- b\n  - c\n    more\n- d\n\nEnd', '- a\n- b\n  - c more\n- d\n\nEnd\n'],
    ['loose lists', '- a\n\n- b\n\n  c', '- a\n\n- b\n\n  c\n'],
    ['numbered lists', '9. a\n10. b\n    - c', '9. a\n10. b\n    - c\n'],
    ['an empty item', '- \n- a', '-\n- a\n'],
    ['quotes', 'x\n\n> a\n>\n> b\n\ny', 'x\n\n> a\n>\n> b\n\ny\n'],
    ['a list in a quote', '> - a\n> - b', '> - a\n> - b\n'],
    ['code', '```js\na\n\n  b\n```', '    a\n\n      b\n'],
    ['a rule', 'a\n\n---\n\nb', 'a\n\n----------\n\nb\n'],
    ['HTML as it was typed', '<b>a</b>', '<b>a</b>\n'],
    ['a heading in a list', '- # a', '- a\n  ---\n'],
    ['nothing', '', ''],
  ])('%s', (_, source, text) => {
    expect(markdownToText(source)).toBe(text);
  });

  test('a narrow table in columns', () => {
    expect(
      markdownToText(
        '| Component | State |\n|---|--:|\n| Sign-in | **works** |\n| Mail | [late](https://a.example) |',
      ),
    ).toBe(
      'Component  State\n---------  ------------------------\nSign-in    works\nMail       late (https://a.example)\n',
    );
  });

  test('a wide table row by row', () => {
    const long = 'word '.repeat(20).trim();
    expect(markdownToText(`| When | What |\n|---|---|\n| Monday | ${long} |\n| Friday | nothing |`)).toBe(
      `When: Monday\nWhat: ${long}\n\nWhen: Friday\nWhat: nothing\n`,
    );
  });
});
