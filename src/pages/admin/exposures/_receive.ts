import { DomainError } from '#src/domain/errors.ts';
import { assertRole, type StaffMember } from '#src/domain/actors.ts';
import { assertSealDate, targetIncident, type ImportRequest } from '#src/domain/exposures/import/request.ts';
import { uploadInput, type Upload } from '#src/domain/exposures/input.ts';
import type { Source } from '#src/domain/exposures/readers/lines.ts';
import { findIncidentBySlug } from '#src/domain/incidents/queries.ts';
import { MultipartError, readMultipart, type Multipart } from '#src/http/multipart.ts';
import { errorFields } from '#src/log.ts';
import { slugOf } from '#src/text/slug.ts';

type App = App.Locals['app'];

/** The import that an upload has become, or why it was refused before and what was typed. */
export type Received =
  | { importId: string; refused?: never }
  | {
      importId?: never;
      refused: string;
      fields: ReadonlyMap<string, string>;
      errors: Readonly<Record<string, string>>;
    };

/**
 * Imports what a form uploads while it arrives, and answers when all of it has: the work goes on. Somebody who leaves in the
 * middle of the upload has cancelled it.
 */
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
    const { seal, segments, dryRun, importId } = parsed.data;
    const { incidentTitle, ...incident } = await incidentOf(app, parsed.data.incident);
    const wanted = { ...incident, ...(await filesOf(form)), seal, segments, dryRun };
    // What is wrong already is said with the form, where it can be mended.
    assertSealDate(wanted, app.now());
    await targetIncident(app.db, wanted);
    const bytesTotal = Number(request.headers.get('content-length')) || undefined;
    const { id, received } = await app.imports.begin(staff, {
      ...wanted,
      id: importId,
      incidentTitle,
      bytesTotal,
    });
    await received;
    return { importId: id };
  } catch (error) {
    if (isRefusal(error)) return refuse(error.message);
    app.log.error('import_not_begun', { requestId, ...errorFields(error) });
    return refuse(
      `Something failed on our side, and nothing was imported. Try again in a minute. Reference: ${requestId}`,
    );
  } finally {
    await form?.drain();
  }
}

/** By its name: the class of the process and that of the build are two. */
function isRefusal(error: unknown): error is Error {
  return error instanceof MultipartError || (error instanceof Error && error.name === 'DomainError');
}

async function incidentOf(
  app: App,
  chosen: Upload['incident'],
): Promise<Pick<ImportRequest, 'incidentSlug' | 'newTitle'> & { incidentTitle: string }> {
  const slug = 'newTitle' in chosen ? slugOf(chosen.newTitle) : chosen.incidentSlug;
  const found = await findIncidentBySlug(app.db, slug);
  if (!('newTitle' in chosen)) return { incidentSlug: slug, incidentTitle: found?.title ?? slug };
  if (found) {
    throw new DomainError('conflict', 'There is an incident of this title already. Choose it in the list.');
  }
  return { incidentSlug: slug, newTitle: chosen.newTitle, incidentTitle: chosen.newTitle };
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
