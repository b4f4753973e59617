import type { APIRoute } from 'astro';
import { signOut } from '#src/http/sign-out.ts';

export const POST: APIRoute = (context) => signOut(context, 'staff', '/admin/sign-in');
