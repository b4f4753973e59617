import { hasRole, type StaffMember } from '#src/domain/actors.ts';
import type { NavLink } from './site.ts';

/** What everybody sees, whoever they are: pressed pages know nobody. */
export function publicNav(path: string): NavLink[] {
  return marked(path, [
    { href: '/', label: 'Status' },
    { href: '/faqs', label: 'Questions' },
    { href: '/subscribe', label: 'Get updates' },
    { href: '/my', label: 'Your answer' },
  ]);
}

/** Somebody's own pages. */
export function customerNav(path: string): NavLink[] {
  return marked(path, [
    { href: '/', label: 'Status' },
    { href: '/my', label: 'Your answer' },
    { href: '/my/addresses', label: 'Your addresses' },
    { href: '/my/preferences', label: 'Your updates' },
  ]);
}

export function adminNav(path: string, staff: StaffMember): NavLink[] {
  const links = [
    { href: '/admin', label: 'Today' },
    { href: '/admin/incidents', label: 'Incidents' },
    { href: '/admin/statements', label: 'Statements' },
    { href: '/admin/broadcasts', label: 'Broadcasts' },
    { href: '/admin/exposures', label: 'Exposures' },
    { href: '/admin/components', label: 'Components' },
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
function marked(path: string, links: readonly { href: string; label: string }[]): NavLink[] {
  const current = links
    .filter(({ href }) => path === href || path.startsWith(`${href}/`))
    .reduce((longest, { href }) => (href.length > longest.length ? href : longest), '');
  return links.map((link) => ({ ...link, current: link.href === current }));
}
