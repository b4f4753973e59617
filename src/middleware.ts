import type { APIContext, MiddlewareNext } from 'astro';
import { defineMiddleware } from 'astro:middleware';
import { findSignedInCustomer } from './domain/accounts/queries.ts';
import { findStaffSession } from './domain/accounts/sessions.ts';
import { getSite } from './domain/site/queries.ts';
import { readCookie } from './http/cookies.ts';
import { hasToken, isRefused, isWithin, whoMayEnter } from './http/entrance.ts';
import { errorFields } from './log.ts';
import { localPath } from './http/language.ts';
import { baseOf } from './messages/messages.ts';

/** Only the kind of error reaches Astro's own log: a message can repeat what a person typed. */
class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
}

const ERROR_PAGES = new Set(['/404', '/500']);

/** Refuses other sites' forms, finds out who asks, guards what belongs to customers and staff. */
export const onRequest = defineMiddleware(async (context, next) => {
  const { locals, routePattern } = context;
  if (!locals.app) return next();
  const spoken = await orUnavailable(context, () => findLanguage(context));
  if (!spoken) return new Response(locals.pressed ? '' : null, { status: 404 });
  // Pressed for everybody: there is no person, and the same bytes for all.
  if (locals.pressed) return withoutErrorPage(await next());
  if (ERROR_PAGES.has(routePattern)) return asErrorPage(context, await next());
  if (isRefused(askingOf(context))) {
    return text(403, locals.t('refusal.foreignRequest'));
  }
  // Never somebody else, and never nobody: without an answer there is no page.
  await orUnavailable(context, () => findPerson(context));
  const response = redirectAway(context) ?? (await answer(context, next));
  response.headers.set('Cache-Control', 'private, no-store');
  nameCharset(response);
  if (hasToken(routePattern)) response.headers.set('Referrer-Policy', 'no-referrer');
  return response;
});

/** What has to be known before any page; without an answer the error page says that it failed. */
async function orUnavailable<T>(context: APIContext, find: () => Promise<T>): Promise<T> {
  try {
    return await find();
  } catch (error) {
    context.locals.unavailable = true;
    return fail(context, 'visitor_unknown', error);
  }
}

/** In which language the page speaks; false when the site does not offer the one that its path begins with. */
async function findLanguage({ locals, routePattern }: APIContext): Promise<boolean> {
  const { app, spoken } = locals;
  locals.prefix = '';
  locals.t = app.messages.in('en');
  // Staff pages speak English; an error page speaks as well as it can.
  if (isWithin(routePattern, '/admin') || isWithin(routePattern, '/set-up')) return spoken === undefined;
  const isErrorPage = ERROR_PAGES.has(routePattern);
  const site = await getSite(app.db).catch((error: unknown) => {
    if (isErrorPage) return undefined;
    throw error;
  });
  const offered =
    spoken === undefined || (site?.languages.includes(spoken) === true && baseOf(site.language) !== spoken);
  if (offered) {
    locals.prefix = spoken ? `/${spoken}` : '';
    locals.t = app.messages.in(spoken ?? site?.language ?? 'en');
  } else if (isErrorPage && !site && spoken) {
    locals.t = app.messages.in(spoken);
  }
  return offered || isErrorPage;
}

function askingOf(context: APIContext) {
  return {
    routePattern: context.routePattern,
    callsAction: context.url.searchParams.has('_action'),
    method: context.request.method,
    headers: context.request.headers,
    publicUrl: context.locals.app.settings.publicUrl,
  };
}

async function findPerson({ locals, cookies }: APIContext): Promise<void> {
  const { app } = locals;
  const { publicUrl } = app.settings;
  const customerToken = readCookie(cookies, 'customer', publicUrl);
  const found = customerToken && (await findSignedInCustomer(app.db, app.keys, customerToken, app.now()));
  if (found) {
    locals.customer = found.customer;
    locals.customerSignedInAt = found.signedInAt;
  }
  const staffToken = readCookie(cookies, 'staff', publicUrl);
  const session = staffToken && (await findStaffSession(app.db, staffToken, app.now()));
  if (!session) return;
  if (session.secondFactorGiven) locals.staff = session.staff;
  else locals.halfSignedIn = true;
}

/** Where somebody who may not enter goes instead. */
function redirectAway(context: APIContext): Response | undefined {
  const { locals, routePattern, request } = context;
  const needed = whoMayEnter(routePattern);
  if (needed === 'customer' && !locals.customer) return seeOther(localPath('/sign-in', locals.prefix));
  if (needed !== 'staff' || locals.staff) return undefined;
  if (locals.halfSignedIn) return seeOther('/admin/second-factor');
  // What somebody wrote for half an hour is not thrown away: the page says how to send it again.
  return request.method === 'GET' || request.method === 'HEAD' ? seeOther('/admin/sign-in') : undefined;
}

async function answer(context: APIContext, next: MiddlewareNext): Promise<Response> {
  const signedOut = whoMayEnter(context.routePattern) === 'staff' && !context.locals.staff;
  try {
    return await (signedOut ? next('/admin/sign-in/again') : next());
  } catch (error) {
    return fail(context, 'page_failed', error);
  }
}

function fail({ locals, routePattern }: APIContext, event: string, error: unknown): never {
  // By its name: the class of the process and that of the build are two.
  if (error instanceof Error && error.name === 'StoreError') locals.unavailable = true;
  locals.app.log.error(event, { requestId: locals.requestId, route: routePattern, ...errorFields(error) });
  throw new RequestFailed(`The request ${locals.requestId} failed; the line before this one says where.`);
}

function asErrorPage({ locals, routePattern }: APIContext, page: Response): Response {
  page.headers.set('Cache-Control', 'private, no-store');
  nameCharset(page);
  if (!locals.unavailable || routePattern !== '/500') return page;
  page.headers.set('Retry-After', '30');
  return new Response(page.body, { status: 503, headers: page.headers });
}

/** For the press nothing is nothing: Astro would render its 404 page for a response without a body. */
function withoutErrorPage(response: Response): Response {
  return response.status === 404 && response.body === null ? new Response('', response) : response;
}

/** Astro names none for its pages. */
function nameCharset({ headers }: Response): void {
  if (headers.get('Content-Type') === 'text/html') headers.set('Content-Type', 'text/html; charset=utf-8');
}

function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { Location: location } });
}

function text(status: number, words: string): Response {
  return new Response(`${words}\n`, {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'private, no-store' },
  });
}
