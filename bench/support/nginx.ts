import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { freePort } from './ports.ts';
import { program, startProgram, until, type Started } from './tools.ts';

/** nginx with one worker, serving a page's bytes and, to those who ask, its gzip bytes. @throws Missing */
export async function startNginx(
  folder: string,
  page: Uint8Array,
  gzipped: Uint8Array | undefined,
): Promise<Started & { url: string }> {
  const nginx = await program('nginx', 'nginx-light');
  const root = join(folder, 'nginx');
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'index.html'), page);
  await writeFile(join(root, 'index.html.gz'), gzipped ?? gzipSync(page));
  const port = await freePort();
  await writeFile(join(root, 'nginx.conf'), configuration(root, port));
  const started = startProgram(nginx, [
    '-c',
    join(root, 'nginx.conf'),
    '-p',
    root,
    '-e',
    join(root, 'error.log'),
  ]);
  const url = `http://127.0.0.1:${port}`;
  await until('nginx', async () => (await fetch(url)).ok, 10_000);
  return { ...started, url };
}

const configuration = (root: string, port: number) => `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${root}/pid;
error_log ${root}/error.log;
events { worker_connections 1024; }
http {
  types { text/html html; }
  charset utf-8;
  access_log off;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=100;
  keepalive_requests 100000000;
  client_body_temp_path ${root};
  proxy_temp_path ${root};
  fastcgi_temp_path ${root};
  uwsgi_temp_path ${root};
  scgi_temp_path ${root};
  server {
    listen 127.0.0.1:${port};
    root ${root};
    gzip_static on;
    add_header Cache-Control "public, max-age=5, stale-while-revalidate=60, stale-if-error=3600";
    add_header Vary Accept-Encoding;
  }
}
`;
