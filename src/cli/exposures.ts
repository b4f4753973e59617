import type { Command } from 'commander';
import { operator } from '#src/domain/actors.ts';
import { applyExposureList, closeExposureList, replaceExposureList } from '#src/domain/exposures/commands.ts';
import { compareWithListInForce, currentDifference } from '#src/domain/exposures/difference.ts';
import { replacingReason } from '#src/domain/exposures/input.ts';
import {
  findCurrentList,
  getExposureList,
  listExposureLists,
  type ExposureList,
} from '#src/domain/exposures/queries.ts';
import type { ListState } from '#src/domain/exposures/rules.ts';
import { findIncidentBySlug } from '#src/domain/incidents/queries.ts';
import { CommandRefused, type CommandContext } from './context.ts';
import { changeLines, diffLines, listTitle, momentOf, reportLines } from './exposure-words.ts';
import { registerDestroy } from './exposure-destroy.ts';
import { registerImport } from './exposure-import.ts';

type Open = () => Promise<CommandContext>;

const NOT_PUBLISHED =
  'Nobody is told anything yet: the incident is a draft. Publish it in the admin area, or with its first statement.';

export function registerExposures(program: Command, open: Open): void {
  const exposures = program
    .command('exposures')
    .description('who was exposed by a leaked mailing, so that each person can be told');
  registerImport(exposures, open);
  registerDestroy(exposures, open);
  onList(
    exposures,
    open,
    'apply',
    'put a draft in force: from now on it answers people',
    async (context, list, { reason }) => {
      const applied = await putInForce(context, list, reason);
      context.out(
        applied.incident.publishedAt
          ? `In force: ${listTitle(applied)}. People in it are told so, all others that we do not know yet.`
          : `In force: ${listTitle(applied)}. ${NOT_PUBLISHED}`,
      );
      context.out(`When nothing more is to come: forthright exposures close ${applied.id}`);
    },
  ).option(
    '--reason <text>',
    'why it replaces the list in force: everybody can read it on the incident’s page',
  );
  onList(
    exposures,
    open,
    'diff',
    'what a draft would change against the list in force, in counts; never its people',
    async ({ out, err, store, now }, draft) => {
      assertDraft(draft);
      const inForce = await findCurrentList(store.db, draft.incident.id);
      if (!inForce?.report || !draft.report) {
        throw new CommandRefused(
          `No list of "${draft.incident.slug}" is in force, so there is nothing to compare. The draft alone: forthright exposures report ${draft.id}`,
        );
      }
      out(`draft: ${listTitle(draft)}`);
      out(`in force: ${listTitle(inForce)}`);
      for (const line of diffLines(inForce.report, draft.report)) out(line);
      err('Comparing address by address…');
      const difference = await compareWithListInForce(store, operator, draft.id, now());
      out(`Addresses whose answer changes against version ${difference.version}:`);
      for (const line of changeLines(difference)) out(line);
      out(`To put it in force: forthright exposures apply ${draft.id} --reason "…"`);
    },
  );
  onList(
    exposures,
    open,
    'close',
    'say that nothing more is to come: everybody else was not exposed',
    async (context, list) => {
      const closed = await closeExposureList(context.store.db, operator, list.id, context.now());
      context.out(
        closed.incident.publishedAt
          ? `Closed: ${listTitle(closed)}. People who are not in it are told that they were not exposed.`
          : `Closed: ${listTitle(closed)}. ${NOT_PUBLISHED}`,
      );
    },
  );
  onList(
    exposures,
    open,
    'report',
    'the figures of a list; never its people',
    async ({ out }, list, options) => {
      if (options.json) return out(JSON.stringify(list, null, 2));
      out(`${list.state}: ${listTitle(list)}`);
      out(`imported ${momentOf(list.importedAt)} from ${list.sourceName}`);
      if (list.hasSealed && list.sealedUntil) out(`addresses sealed until ${momentOf(list.sealedUntil)}`);
      for (const line of list.report ? reportLines(list.report) : []) out(line);
    },
  ).option('--json', 'as JSON');
}

/** The first list as it is; another only after a diff with the one in force, and with a reason. */
async function putInForce(
  { store: { db }, now }: CommandContext,
  draft: ExposureList,
  reason: string | undefined,
): Promise<ExposureList> {
  const inForce = await findCurrentList(db, draft.incident.id);
  if (draft.state !== 'draft' || !inForce) {
    if (reason !== undefined && !inForce) {
      throw new CommandRefused('No list is in force, so this one replaces none. Leave --reason out.');
    }
    return applyExposureList(db, operator, draft.id, now());
  }
  const difference = currentDifference(draft, inForce);
  if (!difference) {
    throw new CommandRefused(
      `Version ${inForce.version} is in force. First see what this list would change: forthright exposures diff ${draft.id}`,
    );
  }
  const given = replacingReason.safeParse(reason);
  if (!given.success) {
    throw new CommandRefused(
      `Version ${inForce.version} is in force. Say in --reason "…", in 300 characters at most, why this list takes its place: everybody can read it on the incident’s page.`,
    );
  }
  const { version } = difference;
  return replaceExposureList(db, operator, { listId: draft.id, version, reason: given.data }, now());
}

/** In which states a list can be meant by a command that names only the incident. */
const MEANT: Readonly<Record<'diff' | 'apply' | 'close' | 'report', readonly ListState[]>> = {
  diff: ['draft'],
  apply: ['draft'],
  close: ['applied'],
  report: ['draft', 'applied', 'closed', 'superseded'],
};

type ListOptions = { incident?: string; json?: true; reason?: string };

/** A command about one list, named by its id or as the newest of an incident that can be meant. */
function onList(
  exposures: Command,
  open: Open,
  verb: keyof typeof MEANT,
  description: string,
  act: (context: CommandContext, list: ExposureList, options: ListOptions) => Promise<void> | void,
): Command {
  const command = exposures
    .command(verb)
    .description(description)
    .argument('[list]', 'the list’s id')
    .option('--incident <slug>', 'instead of the id: the newest list of this incident');
  return command.action(async (id: string | undefined, options: ListOptions) => {
    if ((id === undefined) === (options.incident === undefined)) {
      command.error('error: name the list by its id, or the incident with --incident');
    }
    const context = await open();
    const list =
      id === undefined
        ? await newestList(context, options.incident ?? '', verb)
        : await getExposureList(context.store.db, id);
    await act(context, list, options);
  });
}

async function newestList(
  { store }: CommandContext,
  slug: string,
  verb: keyof typeof MEANT,
): Promise<ExposureList> {
  const incident = await findIncidentBySlug(store.db, slug);
  if (!incident) throw new CommandRefused(`There is no incident "${slug}". Check the spelling.`);
  const lists = await listExposureLists(store.db, incident.id);
  const list = lists
    .filter(({ state }) => MEANT[verb].includes(state))
    .sort((a, b) => b.version - a.version)[0];
  if (list) return list;
  if (verb === 'report') {
    throw new CommandRefused(
      `Nothing has been imported for "${slug}". forthright exposures import does that.`,
    );
  }
  const where = `See where it stands: forthright exposures report --incident ${slug}`;
  throw new CommandRefused(
    verb === 'diff'
      ? `There is no draft of the list of "${slug}", so there is nothing to compare. ${where}`
      : `There is no list of "${slug}" to ${verb}. ${where}`,
  );
}

function assertDraft(list: ExposureList): void {
  if (list.state === 'draft') return;
  throw new CommandRefused(
    `Only a draft is compared with the list in force, and ${listTitle(list)} is ${list.state}. So there is nothing to compare.`,
  );
}
