import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import { chromiumProgram } from '#tests/support/browser.ts';
import type { BenchOptions } from './run.ts';
import { median, round, say, table, type Row } from './support/figures.ts';
import { publicPages } from './support/pages.ts';
import { freePort } from './support/ports.ts';
import { settled, siteSettings, startSite } from './support/site.ts';
import { inFolder } from './support/tools.ts';
import { fullWorld, makeWorld } from './world.ts';

const ROUNDS = 3;
const categories = ['performance', 'accessibility', 'best-practices', 'seo'] as const;

/** Lighthouse's scores as it gives them for a phone. */
export async function measure(_: BenchOptions): Promise<void> {
  await inFolder(async (folder) => {
    const settings = siteSettings(folder, await freePort());
    await makeWorld({ dataDir: settings['DATA_DIR'] ?? '' }, fullWorld, new Date());
    const site = await startSite(settings);
    try {
      await settled(site.url);
      const rows: Row[] = [];
      for (const page of ['home', 'statement', 'questions'] as const)
        rows.push({ page, ...(await scoresOf(`http://localhost:${settings['PORT']}${publicPages[page]}`)) });
      say(table(rows));
      say('\nTo reach: 100 in each. Medians of three rounds.');
    } finally {
      await site.stop();
    }
  });
}

async function scoresOf(url: string): Promise<Row> {
  const scores = new Map<string, number[]>();
  const findings = new Set<string>();
  const { path, flags, env } = await chromiumProgram();
  for (let number = 0; number < ROUNDS; number += 1) {
    const chrome = await launch({
      chromePath: path,
      chromeFlags: [...flags],
      envVars: env,
      logLevel: 'silent',
    });
    try {
      const run = await lighthouse(url, {
        port: chrome.port,
        logLevel: 'silent',
        onlyCategories: [...categories],
      });
      if (!run) throw new Error('Lighthouse measured nothing.');
      for (const category of categories) {
        const { score, auditRefs } = run.lhr.categories[category] ?? { score: null, auditRefs: [] };
        scores.set(category, [...(scores.get(category) ?? []), (score ?? 0) * 100]);
        for (const { id, weight } of auditRefs) {
          const audit = run.lhr.audits[id];
          if (weight > 0 && audit && audit.score !== null && audit.score < 0.9) findings.add(id);
        }
      }
    } finally {
      chrome.kill();
    }
  }
  const row = Object.fromEntries([...scores].map(([category, all]) => [category, round(median(all), 0)]));
  return { ...row, findings: [...findings].join(' ') };
}
