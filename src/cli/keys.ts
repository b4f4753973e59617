import type { Command } from 'commander';
import { operator } from '#src/domain/actors.ts';
import { destroyExposureKey } from '#src/domain/exposures/key-destruction.ts';
import { CommandRefused, type CommandContext } from './context.ts';

export function registerKeys(program: Command, open: () => Promise<CommandContext>): void {
  const keys = program
    .command('keys')
    .description('the keys that addresses, tokens and exposure lists rest on');
  keys
    .command('list')
    .description('every key and version; never the keys themselves')
    .action(async () => {
      const context = await open();
      const entries = [...context.keys.list()].sort(
        (a, b) => a.name.localeCompare(b.name) || a.version - b.version,
      );
      for (const entry of entries) context.out(`${entry.name}  version ${entry.version}`);
      context.err(`${entries.length} keys in ${context.settings.keysDir}`);
    });
  keys
    .command('new')
    .description('make the first version of a key; one that exists stays as it is')
    .argument('<name>', 'tokens or broadcasts')
    .action(async (name: string) => {
      const known = namedKey(name, 'made');
      const { keys: store, out, settings } = await open();
      const newest = store.active(known)[0];
      if (newest) {
        out(
          `The key ${known} exists, at version ${newest.version}. A further one: forthright keys rotate ${known}`,
        );
        return;
      }
      const key = store.current(known);
      out(`The key ${known} is made, at version ${key.version}. Back up ${settings.keysDir} again.`);
    });
  keys
    .command('rotate')
    .description('add a new version of a key; older versions go on opening what they sealed')
    .argument('<name>', 'tokens or broadcasts')
    .action(async (name: string) => {
      const known = namedKey(name, 'rotated');
      const context = await open();
      const key = context.keys.rotate(known);
      context.out(
        `The key ${name} is now at version ${key.version}. Back up ${context.settings.keysDir} again.`,
      );
    });
  keys
    .command('destroy')
    .description('destroy a version of an incident’s key on which no list rests')
    .argument('<name>', 'exposure-…, as forthright keys list names it')
    .argument('<version>', 'which version')
    .action(async (name: string, version: string) => {
      const context = await open();
      const asked = { incidentId: incidentOf(name), version: Number(version) };
      await destroyExposureKey(context.store.db, context.keys, operator, asked, context.now());
      context.out(
        `The key ${name} of version ${version} is destroyed. Backups of ${context.settings.keysDir} still hold it: destroy those too.`,
      );
    });
}

const EXPOSURE_KEY = 'exposure-';

/** What the other keys have sealed stays in use for as long as the site: none of them can be spared. */
function incidentOf(name: string): string {
  if (name.startsWith(EXPOSURE_KEY)) return name.slice(EXPOSURE_KEY.length);
  throw new CommandRefused(
    `The key "${name}" cannot be destroyed here: addresses, links and messages that are still in use rest on it. Only an incident’s key can, exposure-…, once no list rests on it.`,
  );
}

/** The other keys are made by what needs them. */
function namedKey(name: string, done: 'made' | 'rotated'): 'tokens' | 'broadcasts' {
  if (name === 'tokens' || name === 'broadcasts') return name;
  throw new CommandRefused(`The key "${name}" cannot be ${done} here. Keys that can: tokens, broadcasts.`);
}
