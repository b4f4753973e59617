import { InvalidArgumentError, Option, type Command } from 'commander';
import { operator } from '#src/domain/actors.ts';
import { importExposures, type ImportOutcome } from '#src/domain/exposures/import/import-exposures.ts';
import { parseSegments } from '#src/domain/exposures/import/segments.ts';
import { isBareList } from '#src/domain/exposures/readers/read-mailing.ts';
import type { CommandContext } from './context.ts';
import { fileSource } from './exposure-files.ts';
import { mailingSource } from './exposure-folders.ts';
import { listTitle, momentOf, reportLines } from './exposure-words.ts';
import { bytesOfAll, progressOn } from './import-progress.ts';
import { interruptible } from './interrupt.ts';
import { openRejectsFile } from './rejects-file.ts';

const SEAL_DAYS = 90;
const DAY_MS = 86_400_000;
const REJECTS_PRINTED_MAX = 20;

type ImportOptions = {
  incident: string;
  new?: string;
  delivery?: string;
  batchSize?: number;
  segment?: string[];
  sealUntil?: Date;
  answerOnly?: true;
  dryRun?: true;
  rejects?: string;
  rejectsTo?: string;
};

export function registerImport(exposures: Command, open: () => Promise<CommandContext>): void {
  const command = exposures
    .command('import')
    .description(
      'read a leaked mailing into a new version of an incident’s list, a draft that answers nobody yet',
    )
    .argument(
      '<file...>',
      '.mbox, .eml, a Maildir or a folder of .eml; .csv or .tsv (a header row with the column address), .ndjson, .txt (an address per line, a blank line between batches); each file also as .gz',
    )
    .requiredOption('--incident <slug>', 'the data incident it belongs to')
    .option('--new <title>', 'open the incident as an unpublished draft when there is none of this slug')
    .option(
      '--delivery <file>',
      'a .csv, .tsv or .ndjson beside a mailbox: address, batch, delivered, sent_at, measures',
    )
    .option(
      '--batch-size <number>',
      'in a .txt list, begin a new batch after so many addresses',
      sizeArgument,
    )
    .addOption(
      new Option(
        '--seal-until <date>',
        `keep the addresses sealed, for telling these people, until this day (default: in ${SEAL_DAYS} days)`,
      )
        .argParser(dayArgument)
        .conflicts('answerOnly'),
    )
    .option(
      '--answer-only',
      'keep no address, not even sealed: people are answered, but cannot be written to',
    )
    .option(
      '--segment <rule>',
      '"NAME: column=value", up to 8 times: keep the exposed people with this value in this column as a segment that can be mailed alone; the column itself is kept nowhere',
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .option('--dry-run', 'read and count everything, store nothing')
    .option('--rejects <file>', 'write the refused lines, encrypted, to this file')
    .option('--rejects-to <recipient>', 'who can read that file: a public key of age (age1…)');
  command.action(async (files: string[], options: ImportOptions) => {
    if ((options.rejects === undefined) !== (options.rejectsTo === undefined)) {
      command.error('error: --rejects and --rejects-to belong together');
    }
    if (options.batchSize !== undefined && !files.some(isBareList)) {
      command.error('error: --batch-size is for a .txt list; other files say their batches themselves');
    }
    // What was typed is not repeated: it can be an address that went astray.
    const read = parseSegments(options.segment ?? []);
    const segments = read.ok ? read.segments : command.error(`error: --segment: ${read.reason}`);
    const sources = await Promise.all(files.map(mailingSource));
    const delivery = options.delivery === undefined ? undefined : await fileSource(options.delivery);
    const context = await open();
    const rejects =
      options.rejects === undefined || options.rejectsTo === undefined
        ? undefined
        : await openRejectsFile(options.rejects, options.rejectsTo);
    const progress = progressOn(process.stderr, bytesOfAll(delivery ? [delivery, ...sources] : sources));
    const now = context.now();
    try {
      const outcome = await interruptible((signal) =>
        importExposures(
          context,
          operator,
          {
            sources,
            delivery,
            batchSize: options.batchSize,
            segments,
            incidentSlug: options.incident,
            newTitle: options.new,
            seal: options.answerOnly
              ? 'answer_only'
              : { until: options.sealUntil ?? new Date(now.getTime() + SEAL_DAYS * DAY_MS) },
            dryRun: options.dryRun ?? false,
            onProgress: progress.show,
            onReject: rejects && ((reject) => rejects.write(reject)),
            signal,
          },
          now,
        ),
      );
      progress.clear();
      await rejects?.close();
      tellOutcome(context, outcome, options);
    } catch (error) {
      progress.clear();
      await rejects?.discard();
      throw error;
    }
  });
}

function tellOutcome({ out, err }: CommandContext, outcome: ImportOutcome, options: ImportOptions): void {
  const { list, report, rejects } = outcome;
  for (const { source, line, reason, masked } of rejects.slice(0, REJECTS_PRINTED_MAX)) {
    err(`${source}, line ${line}: ${masked === '' ? '' : `${masked} `}refused, ${reason}`);
  }
  const refused = Object.values(report.rejected).reduce((total, lines) => total + lines, 0);
  if (refused > REJECTS_PRINTED_MAX)
    err(`${refused} lines were refused; the first ${REJECTS_PRINTED_MAX} stand above.`);
  if (outcome.outcome === 'already_imported' && list) {
    out(`These files are already imported: ${listTitle(list)}, ${list.state}. Nothing changed.`);
    if (list.hasSealed && list.sealedUntil)
      out(`Its addresses stay sealed until ${momentOf(list.sealedUntil)}.`);
    return;
  }
  for (const line of reportLines(report)) out(line);
  if (outcome.outcome === 'dry_run') {
    out(
      list
        ? `A dry run: these files are already imported as ${listTitle(list)}.`
        : 'A dry run: nothing was stored.',
    );
  } else if (list) {
    out(
      `Imported as ${listTitle(list)}: a draft that answers nobody yet. See that the figures are right, then:`,
    );
    out(`forthright exposures apply ${list.id}`);
  }
  if (options.rejects !== undefined) out(`The refused lines are in ${options.rejects}, encrypted.`);
}

function sizeArgument(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('Give a whole number from 1 to 999999999.');
  return Number(text);
}

/** The start of that day in UTC. */
function dayArgument(text: string): Date {
  const day = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || !day.toISOString().startsWith(text)) {
    throw new InvalidArgumentError('Give a day as 2026-01-31.');
  }
  return day;
}
