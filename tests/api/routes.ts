import type { APIContext, APIRoute } from 'astro';
import type { Database } from '#db/client.ts';
import { openMessages } from '#src/messages/messages.ts';
import { publicUrl } from '#tests/support/desk.ts';

const messages = openMessages();

/** What a route answers when the press asks it: nobody in particular, in English. */
export async function answerOf(
  route: APIRoute,
  { db, now, params = {} }: { db: Database; now: Date; params?: Record<string, string> },
): Promise<{ status: number; headers: Headers; body: string }> {
  const locals = {
    app: { db, messages, settings: { publicUrl }, now: () => now },
    t: messages.in('en'),
    prefix: '',
  };
  const rewrite = async () => new Response(null, { status: 404 });
  const response = await route({ locals, params, rewrite } as unknown as APIContext);
  return { status: response.status, headers: response.headers, body: await response.text() };
}
