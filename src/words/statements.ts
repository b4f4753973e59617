import type { StatementFigure } from '#db/schema/index.ts';
import { labels, type Label, type Words } from '#src/domain/statements/words.ts';
import { headings, type SectionKey } from '#src/domain/statements/rules.ts';
import type { Translate } from '#src/messages/messages.ts';
import { formatDay, formatMoment, type ShownTime } from '#src/text/dates.ts';
import { numberFormat } from '#src/text/formats.ts';
import { markTime } from '#src/text/time-marks.ts';

/** What stands between the words that people wrote, as a page says it. */
export function pageWords(t: Translate, timeZone: string, write = (time: ShownTime) => time.text): Words {
  const moment = (iso: string) => write(formatMoment(new Date(iso), timeZone, t.language));
  return {
    heading: named(
      headings.map(({ key }) => key),
      (key: SectionKey) => t(`statement.heading.${key}`),
    ),
    label: named(labels, (label: Label) => t(`statement.label.${label}`)),
    urgency: named(['now', 'soon', 'later'] as const, (urgency) => t(`statement.urgency.${urgency}`)),
    figure: (figure) => figureInWords(t, figure),
    standing: ({ precision, asOf, supersedes }) =>
      [
        t(`statement.standing.${precision}`),
        asOf && t('statement.standing.asOf', { time: moment(asOf) }),
        supersedes && t('statement.standing.supersedes', { earlier: supersedes }),
      ]
        .filter(Boolean)
        .join(', '),
    day: (day) => write(formatDay(new Date(day), 'UTC', t.language)),
    moment,
  };
}

/** The same with its times marked, for `timesIn` to find in the page. */
export function markedWords(t: Translate, timeZone: string): Words {
  return pageWords(t, timeZone, markTime);
}

/** What stands between them in a plain text, where times are written as they are stored. */
export function textWords(t: Translate): Words {
  return { ...pageWords(t, 'UTC'), moment: (iso) => iso, day: (day) => day };
}

function figureInWords(t: Translate, { of, from, to, precision }: StatementFigure): string {
  const format = numberFormat(t.language, {});
  const number =
    to === null
      ? format.format(from)
      : t('statement.figure.range', { from: format.format(from), to: format.format(to) });
  const estimated = precision === 'estimated' ? 'yes' : 'no';
  return t(`statement.figure.${of}`, { number, count: to ?? from, estimated });
}

function named<Name extends string>(names: readonly Name[], word: (name: Name) => string) {
  return Object.fromEntries(names.map((name) => [name, word(name)])) as Record<Name, string>;
}
