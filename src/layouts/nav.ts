import { hasRole, type StaffMember } from '#src/domain/actors.ts';
import type { NavLink, ReaderLink } from './site.ts';

/** What everybody sees, whoever they are: pressed pages know nobody. */
export function publicNav(path: string): ReaderLink[] {
  return marked(path, [
    { href: '/', label: 'nav.status' },
    { href: '/faqs', label: 'nav.faqs' },
    { href: '/history', label: 'nav.history' },
    { href: '/subscribe', label: 'nav.subscribe' },
    { href: '/my', label: 'nav.answer' },
    { href: '/search', label: 'nav.search' },
  ]);
}

/** Somebody's own pages. */
export function customerNav(path: string): ReaderLink[] {
  return marked(path, [
    { href: '/', label: 'nav.status' },
    { href: '/my', label: 'nav.answer' },
    { href: '/my/addresses', label: 'nav.addresses' },
    { href: '/my/preferences', label: 'nav.preferences' },
    { href: '/my/data', label: 'nav.data' },
  ]);
}

export function adminNav(path: string, staff: StaffMember): NavLink[] {
  const links = [
    { href: '/admin', label: 'Today' },
    { href: '/admin/incidents', label: 'Incidents' },
    { href: '/admin/statements', label: 'Statements' },
    { href: '/admin/broadcasts', label: 'Broadcasts' },
    { href: '/admin/exposures', label: 'Exposures' },
    { href: '/admin/support', label: 'Support' },
    { href: '/admin/components', label: 'Components' },
    { href: '/admin/maintenances', label: 'Maintenance' },
    { href: '/admin/notices', label: 'Notices' },
    { href: '/admin/faqs', label: 'Questions' },
  ];
  const ofOwners = [
    { href: '/admin/staff', label: 'Team' },
    { href: '/admin/site', label: 'Site' },
  ];
  return marked(path, hasRole(staff, 'owner') ? [...links, ...ofOwners] : links);
}

/** A section is current on all of its pages; the first link of an area only on its own. */
function marked<Link extends NavLink | ReaderLink>(path: string, links: readonly Link[]): Link[] {
  const current = links
    .filter(({ href }) => path === href || path.startsWith(`${href}/`))
    .reduce((longest, { href }) => (href.length > longest.length ? href : longest), '');
  return links.map((link) => ({ ...link, current: link.href === current }));
}
