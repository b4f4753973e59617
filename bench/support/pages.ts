/** Every kind of public page there is in the full world, by what it is called. */
export const publicPages = {
  home: '/',
  incident: '/incidents/incident-1',
  statement: '/statements/statement-1',
  revision: '/statements/statement-1/revisions/1',
  questions: '/faqs',
  history: '/history',
  maintenance: '/maintenance',
  search: '/search?q=gateway',
  subscribe: '/subscribe',
  privacy: '/privacy',
  'home in Spanish': '/es',
} as const;
