import type { Command } from 'commander';
import { operator } from '#src/domain/actors.ts';
import { destroyRoot, makeKey, rotateKey, rotateRoot } from '#src/domain/keys/commands.ts';
import { destroyKey, KeyInUse } from '#src/domain/keys/destruction.ts';
import { keyNamed } from '#src/domain/keys/names.ts';
import { listRests } from '#src/domain/keys/rests.ts';
import { keyFingerprint } from '#src/trust/fingerprint.ts';
import type { KeyName, KeyStore } from '#src/trust/keys.ts';
import { CommandRefused } from './context.ts';
import { restsInWords, rotationMeans, untilSpared, versionArgument, versionInWords } from './key-words.ts';
import { addPublicHalf, registerPrivateHalves, type KeyContext } from './sealing-keys.ts';

/** What wraps all the others; it is in no list of theirs. */
const ROOT = 'root';

type Open = () => Promise<KeyContext>;

export function registerKeys(program: Command, open: Open): void {
  const keys = program
    .command('keys')
    .description('the keys that addresses, tokens and exposure lists rest on');
  registerList(keys, open);
  registerNew(keys, open);
  registerRotate(keys, open);
  registerPrivateHalves(keys, open);
  registerDestroy(keys, open);
}

function registerList(keys: Command, open: Open): void {
  keys
    .command('list')
    .description(
      'every key and version, with its fingerprint and what rests on it; never the keys themselves',
    )
    .action(async () => {
      const {
        keys: store,
        store: { db },
        settings,
        out,
        err,
      } = await open();
      const rests = await listRests(db, store);
      const listed = listVersions(store);
      for (const { name, version, isHere } of listed) {
        const own = rests.filter((rest) => rest.name === name && rest.version === version);
        const used = own.length === 0 ? '' : `  on it: ${restsInWords(own)}`;
        const state = isHere ? keyFingerprint(store.get(name, version)) : 'private half elsewhere';
        out(`${name}  version ${version}  ${state}${used}`);
      }
      for (const root of store.roots()) {
        out(`${ROOT}  version ${root.version}  ${keyFingerprint(root)}  wraps the others`);
      }
      err(`${listed.filter(({ isHere }) => isHere).length} keys in ${settings.keysDir}`);
    });
}

/** Those of which only the public half is here are among them. */
function listVersions(store: KeyStore): { name: KeyName; version: number; isHere: boolean }[] {
  const here = store.list().map(({ name, version }) => ({ name: name as KeyName, version, isHere: true }));
  const away = store
    .recipients('sealing')
    .filter(({ version }) => !here.some((key) => key.name === 'sealing' && key.version === version))
    .map(({ version }) => ({ name: 'sealing' as const, version, isHere: false }));
  return [...here, ...away].sort((a, b) => a.name.localeCompare(b.name) || a.version - b.version);
}

function registerNew(keys: Command, open: Open): void {
  keys
    .command('new')
    .description('make the first version of a key; one that exists stays as it is')
    .argument('<name>', 'addresses, tokens, broadcasts, sealing or erasures')
    .option('--recipient <age1…>', 'sealing: keep this public half only; its private half stays where it is')
    .action(async (text: string, { recipient }: { recipient?: string }) => {
      const name = keyNamed(text);
      const context = await open();
      if (recipient !== undefined) return addPublicHalf(context, name, recipient);
      const {
        keys: store,
        store: { db },
        settings,
        now,
        out,
      } = context;
      const made = await makeKey(db, store, operator, name, now());
      out(
        made
          ? `The key ${name} is made: ${versionInWords(made)}. Back up ${settings.keysDir} again.`
          : `The key ${name} exists. A further version: forthright keys rotate ${name}`,
      );
    });
}

function registerRotate(keys: Command, open: Open): void {
  keys
    .command('rotate')
    .description('add a new version of a key; older versions go on opening what they sealed')
    .argument(
      '<name>',
      'addresses, tokens, broadcasts, sealing, erasures, exposure-… of an incident, or root',
    )
    .action(async (text: string) => {
      if (text === ROOT) return rotateRootKey(await open());
      const name = keyNamed(text);
      const {
        keys: store,
        store: { db },
        settings,
        now,
        out,
        err,
      } = await open();
      const made = await rotateKey(db, store, operator, name, now());
      out(`The key ${name} is now at ${versionInWords(made)}. ${rotationMeans(name)}`);
      err(
        `It is written with in ten seconds, when every process knows it. Back up ${settings.keysDir} again, now.`,
      );
    });
}

function registerDestroy(keys: Command, open: Open): void {
  keys
    .command('destroy')
    .description('destroy a version of a key on which nothing rests any more')
    .argument('<name>', 'as forthright keys list names it')
    .argument('<version>', 'which version', versionArgument)
    .option('--yes', 'really: accept that links, or sealed addresses, are lost with it')
    .action(async (text: string, version: number, { yes }: { yes?: true }) => {
      if (text === ROOT) return destroyRootKey(await open(), version);
      const name = keyNamed(text);
      const {
        keys: store,
        store: { db },
        settings,
        now,
        out,
      } = await open();
      const asked = { name, version, accepted: yes === true };
      try {
        await destroyKey(db, store, operator, asked, now());
      } catch (error) {
        throw error instanceof KeyInUse ? refusal(error, name, String(version)) : error;
      }
      out(
        `The key ${name} of version ${version} is destroyed. Backups of ${settings.keysDir} still hold it: destroy those too.`,
      );
    });
}

async function rotateRootKey({ keys, store: { db }, settings, now, out }: KeyContext): Promise<void> {
  const root = await rotateRoot(db, keys, operator, now());
  const next = settings.rootKeys
    ? 'take the older ones out of FORTHRIGHT_KEYS'
    : `forthright keys destroy root ${root.version - 1}`;
  out(
    `The root key is now at ${versionInWords(root)}, and every key is wrapped with it. Back up ${settings.keysDir} again, now; then: ${next}`,
  );
}

async function destroyRootKey(
  { keys, store: { db }, settings, now, out }: KeyContext,
  version: number,
): Promise<void> {
  await destroyRoot(db, keys, operator, version, now());
  out(
    `Root key ${version} is destroyed. Backups of ${settings.keysDir} from before open with it: destroy both.`,
  );
}

function refusal({ rests }: KeyInUse, name: KeyName, version: string): CommandRefused {
  const rest = restsInWords(rests);
  if (rests.some(({ kind }) => kind === 'sealedLists')) {
    return new CommandRefused(
      `Without version ${version} of the key sealing nobody can be written to any more from ${rest}. Nothing was destroyed. To keep it elsewhere: forthright keys take sealing ${version} FILE. To lose it: add --yes`,
    );
  }
  return new CommandRefused(
    `Version ${version} of the key ${name} is in use: ${rest}. Nothing was destroyed. ${untilSpared(name)}`,
  );
}
