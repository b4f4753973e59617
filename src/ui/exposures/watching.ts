// In the browser: keeps the page of an import under way up to date without loading it again. Without this the page renews itself.

const EVERY_MS = 1000;

const watch = document.querySelector<HTMLElement>('[data-watch]');
if (watch && watch.dataset['still'] === undefined) {
  const here = watch.dataset['watch'] ?? '';
  // Under its own address the page would load itself again meanwhile.
  if (new URLSearchParams(location.search).has('live')) void keepUpToDate(watch, here);
  else location.replace(`${here}?live`);
}

async function keepUpToDate(shown: HTMLElement, here: string): Promise<void> {
  const title = document.title;
  for (;;) {
    const newer = await newest(here);
    if (newer === 'over') return location.replace(here);
    if (newer) {
      shown.querySelector('.import-progress')?.replaceWith(newer);
      const percent = newer.querySelector('progress')?.getAttribute('value');
      document.title = percent ? `${percent} % · ${title}` : title;
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

/** Undefined when nobody answers: it is asked again. `over` also when it is not for us any more. */
export async function newest(here: string): Promise<Element | 'over' | undefined> {
  try {
    const answer = await fetch(`${here}?live`, { cache: 'no-store' });
    if (answer.status >= 500) return undefined;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    return page.querySelector('.import-progress') ?? 'over';
  } catch {
    return undefined;
  }
}
