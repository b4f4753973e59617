import { describe, expect, test } from 'vitest';
import {
  badgeColours,
  badgeSvg,
  faviconColours,
  faviconSvg,
  textWidth,
  type Badge,
  type BadgePart,
} from '#src/feeds/badge.ts';
import { headline, type ComponentStatus, type Impact } from '#src/domain/components/rules.ts';
import { openMessages } from '#src/messages/messages.ts';
import { badgeOf } from '#src/pages/_badge.ts';
import { contrast } from '#src/text/colour.ts';
import { marks, shapePath, type MarkName } from '#src/ui/marks.ts';
import { notWellFormed } from './validity.ts';

const badge = ({
  label = 'Harbourline Exchange',
  ...part
}: Partial<BadgePart & Pick<Badge, 'label'>> = {}): Badge => ({
  label,
  parts: [{ word: 'All systems operational', tone: 'ok', shape: shapePath('check'), ...part }],
});
const english = openMessages().in('en');
const titleOf = (svg: string) => /<title id="t">([^<]*)<\/title>/.exec(svg)?.[1];
const numbers = (svg: string, attribute: string) =>
  [...svg.matchAll(new RegExp(`\\s${attribute}="([\\d.]+)"`, 'g'))].map((match) => Number(match[1]));

describe('a badge', () => {
  test('says its state in words, to screen readers too, and draws it', () => {
    const svg = badgeSvg(badge());
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-labelledby="t">/);
    expect(titleOf(svg)).toBe('Harbourline Exchange: All systems operational');
    expect(svg).toContain(shapePath('check'));
    expect(svg).not.toMatch(/<style|style=|<script|<image|href=/);
  });

  test.each(['Mail', 'WWWWWWWWWW', 'iiiiiiiiii', '数据事件', 'Σύστημα 🙂', 'é'.repeat(59)])(
    'is as wide as its text: %s',
    (label) => {
      const svg = badgeSvg(badge({ label }));
      const [width = 0] = numbers(svg, 'width');
      const lengths = numbers(svg, 'textLength');
      expect(lengths).toEqual([textWidth(label), textWidth('All systems operational')]);
      const end = numbers(svg, 'x').at(-1)! + lengths.at(-1)!;
      expect(width - end).toBe(6);
    },
  );

  test('takes any name: markup, controls, another direction, and as much as anybody types', () => {
    const svg = badgeSvg(badge({ label: `<script>&"'\u0000\u202e]]>${'x'.repeat(5000)}` }));
    expect(notWellFormed(svg)).toBeUndefined();
    expect(titleOf(svg)).toMatch(/^&lt;script&gt;&amp;&quot;&#39;]]&gt;x{45}…: All systems operational$/);
    expect(numbers(svg, 'width')[0]).toBeLessThan(700);
  });

  test.each(Object.entries(badgeColours))('is read in white on %s', (_, colour) => {
    expect(contrast(colour, '#ffffff')).toBeGreaterThanOrEqual(4.5);
  });
});

describe('the favicon', () => {
  test.each(Object.entries(faviconColours))('stands out from light and dark tabs: %s', (_, colour) => {
    expect(contrast(colour, '#ffffff')).toBeGreaterThanOrEqual(3);
    expect(contrast(colour, '#202124')).toBeGreaterThanOrEqual(3);
  });

  test('has another silhouette in every state', () => {
    const states = [
      'operational',
      'degraded_performance',
      'partial_outage',
      'major_outage',
      'under_maintenance',
      'data',
      'none',
    ] as const;
    const drawn = states.map((state) => faviconSvg(badge({ shape: shapePath(marks[state].shape) })));
    expect(new Set(drawn).size).toBe(states.length);
  });
});

describe('the site’s badge and favicon', () => {
  type State = { statuses?: ComponentStatus[]; impacts?: Impact[]; leaks?: number; works?: number };
  const told = ({ statuses = ['operational'], impacts = [], leaks = 0, works = 0 }: State) => {
    const felt = impacts.map((impact) => ({ nature: 'service' as const, impact }));
    const leaked = Array.from({ length: leaks }, () => ({ nature: 'data', impact: 'critical' }) as const);
    return badgeOf('Harbourline', headline(statuses, [...felt, ...leaked], works), english);
  };
  const services: [State, string, Badge['parts'][0]['tone'], MarkName][] = [
    [{ statuses: ['under_maintenance'] }, 'Service under maintenance', 'maintenance', 'under_maintenance'],
    [{ works: 1 }, 'Service under maintenance', 'maintenance', 'under_maintenance'],
    [{ impacts: ['minor'] }, 'Minor service outage', 'degraded', 'degraded_performance'],
    [{ impacts: ['major'] }, 'Partial system outage', 'partial', 'partial_outage'],
    [{ impacts: ['critical'] }, 'Major system outage', 'major', 'major_outage'],
    [{ statuses: ['major_outage', 'operational'] }, 'Partial system outage', 'partial', 'partial_outage'],
  ];

  test.each(services)('of %j alone say so', (state, word, tone, mark) => {
    const shape = shapePath(marks[mark].shape);
    expect(told(state)).toEqual({ label: 'Harbourline', parts: [{ word, tone, shape }] });
  });

  test.each(services)('of %j beside a leak say both, in words and drawn', (state, word, tone, mark) => {
    for (const [leaks, leak] of [
      [1, 'Open data incident'],
      [2, '2 open data incidents'],
    ] as const) {
      const both = told({ ...state, leaks });
      expect(both.parts.map((part) => [part.word, part.tone])).toEqual([
        [leak, 'data'],
        [word, tone],
      ]);
      const [badge, favicon] = [badgeSvg(both), faviconSvg(both)];
      for (const svg of [badge, favicon]) {
        expect(notWellFormed(svg)).toBeUndefined();
        expect(titleOf(svg)).toBe(`Harbourline: ${leak}. ${word}`);
        expect(svg).toContain(shapePath(marks[mark].shape));
        expect(svg).toContain(shapePath('alert'));
      }
      expect(badge).toContain(`>${leak}</text>`);
      expect(badge).toContain(`>${word}</text>`);
      expect([badgeColours.data, badgeColours[tone]].every((colour) => badge.includes(colour))).toBe(true);
      expect([faviconColours.data, faviconColours[tone]].every((colour) => favicon.includes(colour))).toBe(
        true,
      );
    }
  });

  test.each<[State, string, MarkName]>([
    [{}, 'All systems operational', 'operational'],
    [{ statuses: [] }, 'Nothing to report', 'operational'],
    [{ leaks: 1 }, 'Open data incident', 'data'],
    [{ leaks: 3, statuses: [] }, '3 open data incidents', 'data'],
    [{ leaks: 1, impacts: ['none'] }, 'Open data incident', 'data'],
    [{ impacts: ['none'] }, 'Open incident without impact', 'none'],
  ])('of %j, with nothing the matter with the service, say one thing: %s', (state, word, mark) => {
    const { parts } = told(state);
    expect(parts.map((part) => part.word)).toEqual([word]);
    expect(parts[0].shape).toBe(shapePath(marks[mark].shape));
  });

  test('look different in every state', () => {
    const states = services.slice(1, -1).flatMap(([state]) => [state, { ...state, leaks: 1 }]);
    const drawn = [{}, { leaks: 1 }, ...states].map((state) =>
      faviconSvg(told(state)).replace(/<title.*/, ''),
    );
    expect(new Set(drawn).size).toBe(drawn.length);
  });
});
