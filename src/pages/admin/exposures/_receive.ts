import { DomainError } from '#src/domain/errors.ts';
import { assertRole, type StaffMember } from '#src/domain/actors.ts';
import { importExposures, type ImportOutcome } from '#src/domain/exposures/import/import-exposures.ts';
import type { ImportRequest } from '#src/domain/exposures/import/request.ts';
import { uploadInput, type Upload } from '#src/domain/exposures/input.ts';
import type { Source } from '#src/domain/exposures/readers/lines.ts';
import { findIncidentBySlug } from '#src/domain/incidents/queries.ts';
import { MultipartError, readMultipart, type Multipart } from '#src/http/multipart.ts';
import { errorFields } from '#src/log.ts';
import { slugOf } from '#src/text/slug.ts';

type App = App.Locals['app'];

/** What an upload came to, or why it was refused and what was typed. */
export type Received =
  | { outcome: ImportOutcome; refused?: never }
  | {
      outcome?: never;
      refused: string;
      fields: ReadonlyMap<string, string>;
      errors: Readonly<Record<string, string>>;
    };

/** Imports what a form uploads while it arrives. Somebody who leaves in the middle of the upload has cancelled it. */
export async function receiveImport(
  request: Request,
  { app, requestId }: Pick<App.Locals, 'app' | 'requestId'>,
  staff: StaffMember,
): Promise<Received> {
  let form: Multipart | undefined;
  const refuse = (refused: string, errors: Readonly<Record<string, string>> = {}): Received => ({
    refused,
    fields: form?.fields ?? new Map(),
    errors,
  });
  try {
    form = await readMultipart(request);
    assertRole(staff, 'editor');
    const parsed = uploadInput.safeParse(Object.fromEntries(form.fields));
    if (!parsed.success) {
      const errors = Object.fromEntries(
        parsed.error.issues.map(({ path, message }) => [String(path[0]), message]),
      );
      return refuse(
        'Nothing was imported yet. Look at what is marked below, and choose the files again.',
        errors,
      );
    }
    const incident = await incidentOf(app, parsed.data.incident);
    const files = await filesOf(form);
    const wanted = { ...incident, ...files, seal: parsed.data.seal, dryRun: parsed.data.dryRun };
    return { outcome: await importExposures(app, staff, wanted, app.now()) };
  } catch (error) {
    if (error instanceof DomainError || error instanceof MultipartError) return refuse(error.message);
    app.log.error('import_failed', { requestId, ...errorFields(error) });
    return refuse(
      `Something failed on our side, and nothing was imported. Try again in a minute. Reference: ${requestId}`,
    );
  } finally {
    await form?.drain();
  }
}

async function incidentOf(
  app: App,
  chosen: Upload['incident'],
): Promise<Pick<ImportRequest, 'incidentSlug' | 'newTitle'>> {
  if (!('newTitle' in chosen)) return chosen;
  const slug = slugOf(chosen.newTitle);
  if (await findIncidentBySlug(app.db, slug)) {
    throw new DomainError('conflict', 'There is an incident of this title already. Choose it in the list.');
  }
  return { incidentSlug: slug, newTitle: chosen.newTitle };
}

/** The file on deliveries stands first in the form; behind it only the mailing's own can follow. */
async function filesOf(form: Multipart): Promise<Pick<ImportRequest, 'sources' | 'delivery'>> {
  const files = form.files[Symbol.asyncIterator]();
  const first = await files.next();
  if (first.done) {
    throw new DomainError(
      'invalid',
      'No file was chosen. Choose the mailing’s files, and send the form again.',
    );
  }
  const { field, name, bytes } = first.value;
  const rest = { [Symbol.asyncIterator]: () => files };
  return field === 'delivery'
    ? { delivery: { name, bytes }, sources: rest }
    : { sources: following({ name, bytes }, rest) };
}

async function* following(first: Source, rest: AsyncIterable<Source>): AsyncGenerator<Source> {
  yield first;
  yield* rest;
}
