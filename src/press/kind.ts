import type { Dependency } from '#src/domain/editions.ts';

/** What a document depends on; `today` changes at midnight in the site's time zone. */
export type DependsOn = Dependency | 'today';

type Options = {
  /** Rendered ahead of any reader. Of paths with a parameter, `hot-paths.ts` names the hot ones. */
  hot?: boolean;
  /** The same in every language: it has no path under /es. */
  plain?: boolean;
  /** Shown in place of other pages, and never at its own path. */
  standsIn?: boolean;
};

export type Kind = {
  pattern: RegExp;
  dependsOn: (...parameters: string[]) => readonly DependsOn[];
  hot: boolean;
  plain: boolean;
  standsIn: boolean;
  /** Its path, where it has no parameter. */
  path: string | undefined;
};

const SLUG = '([a-z0-9](?:[a-z0-9-]{0,118}[a-z0-9])?)';
const PARAMETERS: Readonly<Record<string, string>> = {
  ':slug': SLUG,
  ':id': '([a-z0-9]{1,40})',
  ':month': '(\\d{4}-(?:0[1-9]|1[0-2]))',
  ':number': '([1-9]\\d{0,5})',
};

/** `:slug`, `:id`, `:month` and `:number` stand for a part of the path, and are given to `dependsOn` in their order. */
export function kind(
  path: string,
  dependsOn: readonly DependsOn[] | Kind['dependsOn'],
  options: Options = {},
): Kind {
  const source = path.replaceAll('.', '\\.').replace(/:[a-z]+/g, (name) => PARAMETERS[name] ?? name);
  return {
    pattern: new RegExp(`^${source}$`),
    dependsOn: typeof dependsOn === 'function' ? dependsOn : () => dependsOn,
    hot: options.hot ?? false,
    plain: options.plain ?? false,
    standsIn: options.standsIn ?? false,
    path: path.includes(':') ? undefined : path,
  };
}

/** Every document shows who speaks: it depends on the site as well. */
export function lists(...names: Dependency[]): Dependency[] {
  return ['site', ...names];
}

export function api(version: string, names: readonly string[]): Kind[] {
  const dependsOn: readonly DependsOn[] = lists('components', 'incidents', 'maintenances', 'statements');
  return names.map((name) => kind(`/api/${version}/${name}.json`, dependsOn, { hot: true, plain: true }));
}
