import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { text as readText } from 'node:stream/consumers';
import type { Command } from 'commander';
import { operator } from '#src/domain/actors.ts';
import { listSealedTo } from '#src/domain/keys/rests.ts';
import {
  bringPrivateHalf,
  keepPublicHalf,
  takePrivateHalf,
  writtenPrivateHalf,
} from '#src/domain/keys/sealing.ts';
import type { KeyName } from '#src/trust/keys.ts';
import { CommandRefused, type CommandContext } from './context.ts';
import { versionArgument } from './key-words.ts';

/** All that the commands on keys work with. */
export type KeyContext = Pick<CommandContext, 'store' | 'keys' | 'settings' | 'now' | 'out' | 'err'>;

/** An identity file of age's is a few hundred bytes. */
const IDENTITY_LENGTH_MAX = 10_000;

/** The private half of the sealing key may be kept away from the server: these bring it and take it away. */
export function registerPrivateHalves(keys: Command, open: () => Promise<KeyContext>): void {
  keys
    .command('bring')
    .description('put the private half of a sealing key into the key folder, to prepare a broadcast')
    .argument('<name>', 'sealing')
    .argument('[file]', 'as age-keygen wrote it; without it, standard input is read')
    .action(async (name: string, file: string | undefined) => {
      assertSealing(name);
      const {
        keys: store,
        store: { db },
        now,
        out,
      } = await open();
      const identity = file === undefined ? await readText(process.stdin) : readIdentityFile(file);
      const { version } = await bringPrivateHalf(db, store, operator, identity, now());
      out(
        `The private half of version ${version} is in the key folder. Resume the broadcast; when it is being sent, take it away again: forthright keys take sealing ${version} --kept`,
      );
    });
  keys
    .command('take')
    .description('move the private half of a sealing key out of the key folder, into a file of age’s')
    .argument('<name>', 'sealing')
    .argument('<version>', 'which version', versionArgument)
    .argument('[file]', 'where it is written, or where it is already')
    .option('--kept', 'it is kept elsewhere already: write nothing')
    .action(async (name: string, version: number, file: string | undefined, { kept }: { kept?: true }) => {
      assertSealing(name);
      if ((file === undefined) === (kept === undefined)) {
        throw new CommandRefused(
          'Name the file that the private half is moved into; or, if you have it elsewhere, say --kept. Nothing was changed.',
        );
      }
      const {
        keys: store,
        store: { db },
        settings,
        now,
        out,
        err,
      } = await open();
      const { identity, recipient } = await writtenPrivateHalf(store, version);
      const lists = await listSealedTo(db, store, version);
      if (file !== undefined) writeIdentityFile(file, recipient, identity);
      await takePrivateHalf(db, store, operator, version, now());
      const place = file === undefined ? 'no longer here' : `in ${file} and nowhere else here`;
      out(`The private half of version ${version} of the key sealing is ${place}.`);
      for (const { slug, version: list, sealedUntil } of lists) {
        const until = sealedUntil ? `, until ${sealedUntil.toISOString().slice(0, 10)}` : '';
        out(`Cannot be opened until it is brought back: version ${list} of the list of "${slug}"${until}.`);
      }
      err(
        `Keep it away from this machine and from the database. Backups of ${settings.keysDir} still hold the private half: destroy those too. Imports go on sealing to its public half.`,
      );
    });
}

/** Only a public half: nobody here can open what is sealed to it. */
export async function addPublicHalf(
  { keys: store, store: { db }, settings, now, out }: KeyContext,
  name: KeyName,
  text: string,
): Promise<void> {
  assertSealing(name);
  const { version } = await keepPublicHalf(db, store, operator, text, now());
  out(
    `Version ${version} of the key sealing is this public half. Imports seal to it from now on, and only its private half opens them: bring it before a broadcast is prepared. Back up ${settings.keysDir} again.`,
  );
}

function assertSealing(name: string): void {
  if (name === 'sealing') return;
  throw new CommandRefused(
    `Only the key sealing has two halves, of which one can be elsewhere; "${name}" has not. Nothing was changed.`,
  );
}

function readIdentityFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(0, IDENTITY_LENGTH_MAX);
  } catch (error) {
    throw new CommandRefused(`${file} cannot be read (${codeOf(error)}). Nothing was changed.`);
  }
}

/** On the disk before the folder forgets it. A file that holds it already stays as it is. */
function writeIdentityFile(file: string, recipient: string, identity: string): void {
  try {
    if (existsSync(file) && holdsIdentity(file, identity)) return;
    const descriptor = openSync(file, 'wx', 0o600);
    writeSync(descriptor, `# public key: ${recipient}\n${identity}\n`);
    fsyncSync(descriptor);
    closeSync(descriptor);
  } catch (error) {
    throw new CommandRefused(
      `${file} cannot be written (${codeOf(error)}). The private half is where it was. Name a file that does not exist yet.`,
    );
  }
}

function holdsIdentity(file: string, identity: string): boolean {
  return readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .some((line) => line.trim().toUpperCase() === identity);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
