import { describe, expect, test } from 'vitest';
import { findDocument } from '#src/press/documents.ts';
import { cacheTags } from '#src/press/edition.ts';

describe('which paths are documents', () => {
  test.each([
    ['/'],
    ['/faqs'],
    ['/feed.atom'],
    ['/incidents/visible-recipients'],
    ['/statements/what-happened'],
    ['/statements/what-happened.txt'],
    ['/statements/what-happened/revisions/2'],
    ['/notices/index-change'],
    ['/history/2026-02'],
    ['/components/abcdefghijkl/feed.rss'],
    ['/api/v2/incidents/unresolved.json'],
    ['/.well-known/security.txt'],
    ['/es'],
    ['/es/faqs'],
    ['/es/statements/what-happened/revisions/2/changes'],
  ])('%s is one', (path) => {
    expect(findDocument(path, ['en', 'es'])?.path).toBe(path);
  });

  test.each([
    ['/my'],
    ['/history/2026-13'],
    ['/feedXatom'],
    ['/es/api/v2/summary.json'],
    ['/es/my'],
    ['/fr/faqs'],
    ['/es/es'],
    ['/admin'],
    ['/sign-in'],
    ['/u/token'],
    ['/statements/'],
    ['/statements/What'],
    ['/statements/a/revisions/0'],
    ['/statements/../admin'],
    ['/statements/a%2fb'],
    [`/statements/${'a'.repeat(200)}`],
  ])('%s is none', (path) => {
    expect(findDocument(path, ['en', 'es'])).toBeUndefined();
  });
});

test('a document of one thing depends on that thing and not on its neighbours', () => {
  expect(findDocument('/notices/index-change')?.dependsOn).toEqual(['notice:index-change', 'site']);
  expect(findDocument('/es/notices/index-change', ['es'])?.dependsOn).toEqual([
    'notice:index-change',
    'site',
  ]);
});

test('the tags of a document name what it depends on, in characters that every CDN takes', () => {
  const document = findDocument('/notices/index-change');
  expect(document && cacheTags(document)).toEqual(['notice-index-change', 'notices', 'site']);
});
