// In the browser: sends the import's form with a bar in its place, and goes to the import's own page when all has arrived. Without
// this the form is sent as any other.

import { newest } from './watching.ts';

const WATCH_MS = 1000;
const RATE_AFTER_MS = 3000;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const IMPORTS = '/admin/exposures/imports/';

const figure = new Intl.NumberFormat('en');

enhance();

function enhance(): void {
  const form = document.querySelector<HTMLFormElement>('[data-import-form]');
  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    send(form);
  });
}

function send(form: HTMLFormElement): void {
  const id = newImportId();
  const fields = new FormData();
  // Fields come before files, or the server has begun to read without knowing this one.
  fields.set('importId', id);
  for (const [name, value] of new FormData(form)) fields.append(name, value);
  const view = sendingView(form, filesIn(form));
  const request = new XMLHttpRequest();
  const warn = (event: BeforeUnloadEvent) => event.preventDefault();
  let over = false;
  const end = () => {
    over = true;
    window.removeEventListener('beforeunload', warn);
  };
  const comeBack = (message: string) => {
    end();
    view.close(message);
  };
  const startedAt = performance.now();
  request.upload.addEventListener('progress', ({ loaded, total }) =>
    view.sent(loaded, total, performance.now() - startedAt),
  );
  request.addEventListener('load', () => {
    end();
    const { pathname } = new URL(request.responseURL);
    if (pathname.startsWith(IMPORTS)) location.replace(`${pathname}?live`);
    else view.refused(request.responseText, enhance);
  });
  request.addEventListener('error', () =>
    comeBack('The connection broke. Nothing was imported. Send the form again.'),
  );
  request.addEventListener('abort', () => {
    if (!over) comeBack('Cancelled. Nothing was imported.');
  });
  view.onCancel(() => request.abort());
  window.addEventListener('beforeunload', warn);
  request.open('POST', form.action);
  request.send(fields);
  void watchRows();

  /** Rows come from the import's own page; one that has ended already needs nothing more of us. */
  async function watchRows(): Promise<void> {
    let begun = false;
    while (!over) {
      await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
      const shown = over ? undefined : await newest(IMPORTS + id);
      if (over || !shown) continue;
      if (shown !== 'over') {
        begun = true;
        view.read(shown.querySelector('.progress-figures')?.textContent ?? '');
      } else if (begun || (await hasEnded(id))) {
        end();
        request.abort();
        location.replace(IMPORTS + id);
      }
    }
  }
}

/** There is a page of it, and it is not under way. */
async function hasEnded(id: string): Promise<boolean> {
  const answer = await fetch(`${IMPORTS}${id}?live`, { cache: 'no-store' }).catch(() => undefined);
  return answer?.ok === true && !answer.redirected;
}

function newImportId(): string {
  const random = crypto.getRandomValues(new Uint32Array(12));
  return Array.from(random, (number) => ALPHABET[number % ALPHABET.length]).join('');
}

function filesIn(form: HTMLFormElement): File[] {
  const inputs = form.querySelectorAll<HTMLInputElement>('input[type=file]');
  return [...inputs].flatMap((input) => [...(input.files ?? [])]);
}

/** What stands in the form's place. */
function sendingView(form: HTMLFormElement, files: readonly File[]) {
  const section = part(document, '[data-import-sending]');
  const bar = part<HTMLProgressElement>(section, 'progress');
  const said = part(document, '[data-import-broken]');
  const cancel = part<HTMLButtonElement>(section, '[data-cancel-sending]');
  part(section, '[data-sent-files]').replaceChildren(...files.map(fileRow));
  part(section, '[data-read]').textContent = '';
  part(section, '[data-sent]').textContent = '';
  said.textContent = '';
  bar.removeAttribute('value');
  form.hidden = true;
  section.hidden = false;
  part(section, 'h2').focus();
  return {
    sent(bytes: number, total: number, ms: number) {
      const percent = total === 0 ? 100 : Math.floor((bytes / total) * 100);
      bar.value = percent;
      const left = bytes > 0 && ms > RATE_AFTER_MS ? (((total - bytes) / bytes) * ms) / 1000 : undefined;
      part(section, '[data-sent]').textContent =
        `${sizeOf(bytes)} of ${sizeOf(total)} sent (${percent} %)` +
        (left === undefined || bytes === total ? '' : ` · about ${timeOf(left)} left`);
    },
    read(rows: string) {
      // Without the time left: that is the bar's to say.
      const [count = '', rate] = rows.trim().split(' · ');
      part(section, '[data-read]').textContent =
        count === ''
          ? ''
          : ['Read so far: ' + count, ...(rate?.endsWith('second') ? [rate] : [])].join(' · ');
    },
    onCancel(act: () => void) {
      cancel.onclick = act;
    },
    close(message: string) {
      section.hidden = true;
      form.hidden = false;
      said.textContent = message;
    },
    /** The answer is the form again, with what is wrong; the files stay chosen. */
    refused(page: string, then: () => void) {
      const answered = new DOMParser().parseFromString(page, 'text/html').querySelector('#content');
      if (!answered?.querySelector('[data-import-form]'))
        return this.close('It failed. Send the form again.');
      for (const input of form.querySelectorAll<HTMLInputElement>('input[type=file]')) {
        answered.querySelector(`input[name="${input.name}"]`)?.replaceWith(input);
      }
      document.querySelector('#content')?.replaceWith(answered);
      window.scrollTo(0, 0);
      (answered as HTMLElement).focus();
      then();
    },
  };
}

function fileRow({ name, size }: File): HTMLElement {
  const row = document.createElement('li');
  const [called, large] = [document.createElement('span'), document.createElement('span')];
  called.textContent = name;
  large.textContent = sizeOf(size);
  large.className = 'figures muted';
  row.append(called, large);
  return row;
}

function part<Kind extends HTMLElement>(root: ParentNode, selector: string): Kind {
  const found = root.querySelector<Kind>(selector);
  if (!found) throw new Error(`The page has no ${selector}.`);
  return found;
}

function sizeOf(bytes: number): string {
  if (bytes < 1_000_000) return `${figure.format(Math.ceil(bytes / 1000))} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}

function timeOf(seconds: number): string {
  if (seconds < 60) return `${Math.max(5, Math.ceil(seconds / 5) * 5)} seconds`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return minutes === 1 ? '1 minute' : `${minutes} minutes`;
  return `${Math.round(minutes / 60)} hours`;
}
