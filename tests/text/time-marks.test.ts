import { expect, test } from 'vitest';
import { renderMarkdown } from '#src/text/markdown.ts';
import { markTime, timesIn } from '#src/text/time-marks.ts';

const day = { iso: '2019-11-01', text: '1 November 2019' };

test('a marked time goes through Markdown and comes out as a time', () => {
  const html = timesIn(
    renderMarkdown(`- **${markTime(day)}**: done (${markTime(day)})`, { headingsFrom: 3 }),
  );
  const time = '<time datetime="2019-11-01">1 November 2019</time>';
  expect(html).toContain(`<strong>${time}</strong>: done (${time})`);
});

test('nothing but a time is taken for one', () => {
  const odd = markTime({ iso: '"><script>', text: 'now' });
  expect(timesIn(odd)).toBe(odd);
  expect(timesIn(markTime({ iso: day.iso, text: '<b>x</b>' }))).not.toContain('<time');
});
