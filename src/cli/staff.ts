import { InvalidArgumentError, type Command } from 'commander';
import { addStaff, inviteAgain } from '#src/domain/accounts/commands.ts';
import { findStaffId } from '#src/domain/accounts/queries.ts';
import { operator, roles, type Role } from '#src/domain/actors.ts';
import { parseEmailAddress, type EmailAddress } from '#src/text/email-address.ts';
import { CommandRefused, localLinkWarning, type CommandContext } from './context.ts';

type AddOptions = { name: string; title: string; role: Role };

export function registerStaff(program: Command, open: () => Promise<CommandContext>): void {
  const staff = program.command('staff').description('the people who write, approve and send');
  staff
    .command('add')
    .description('add somebody and print their one-time set-up link, good for 24 hours')
    .argument('<address>', 'the mailbox they sign in with', emailArgument)
    .requiredOption('--name <name>', 'their name, as it stands under statements')
    .option('--title <title>', 'their title, e.g. "Chief Operating Officer"', '')
    .option('--role <role>', roles.join(', '), roleArgument, 'editor')
    .action(async (address: EmailAddress, options: AddOptions) => {
      const context = await open();
      const { keys, now, settings, store } = context;
      const { link } = await addStaff(
        store.db,
        keys,
        operator,
        { address, ...options, publicUrl: settings.publicUrl },
        now(),
      );
      tellLink(context, link);
    });
  staff
    .command('link')
    .description(
      'print a new one-time set-up link: ends their sessions and second factor at once, and brings back who was taken out',
    )
    .argument('<address>', 'the mailbox they sign in with', emailArgument)
    .action(async (address: EmailAddress) => {
      const context = await open();
      const { err, keys, now, settings, store } = context;
      const staffId = await findStaffId(store.db, keys, address);
      if (staffId === undefined) {
        throw new CommandRefused(
          'Nobody in the team has this address. Check the spelling, or add them: forthright staff add',
        );
      }
      const { link } = await inviteAgain(
        store.db,
        operator,
        { staffId, publicUrl: settings.publicUrl },
        now(),
      );
      err('Their sessions and their second factor have ended. The link sets up a new one, within 24 hours.');
      tellLink(context, link);
    });
}

/** The link alone on standard output, so that it can be piped. */
function tellLink({ err, out }: CommandContext, link: string): void {
  const warning = localLinkWarning();
  if (warning) err(warning);
  out(link);
}

function emailArgument(text: string): EmailAddress {
  const parsed = parseEmailAddress(text);
  if (!parsed.ok) throw new InvalidArgumentError(parsed.reason);
  return parsed.address;
}

function roleArgument(text: string): Role {
  const role = roles.find((known) => known === text);
  if (!role) throw new InvalidArgumentError(`Roles are ${roles.join(', ')}.`);
  return role;
}
