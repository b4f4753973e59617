import { requestProof } from '#src/domain/accounts/proofs.ts';
import { signInCustomer } from '#src/domain/accounts/sign-in.ts';
import { typedCode } from '#src/trust/tokens.ts';
import type { TestSite } from './site.ts';
import { mailbox } from './story.ts';

/** Proves a mailbox by the code that was mailed to it, and returns the session's cookie value. */
export async function customerSession(site: TestSite, address: string): Promise<string> {
  const { app } = site;
  const wanted = {
    purpose: 'customer_sign_in' as const,
    address: mailbox(address),
    clientAddress: '192.0.2.1',
  };
  const browserSecret = await requestProof(app.db, app.keys, wanted, app.now());
  const code = codeIn((await site.mailTo(address, (mail) => codeIn(mail.text) !== undefined)).text) ?? '';
  // The clock of the code starts when the hand-over is marked, a moment after the mail is there.
  for (let tries = 0; tries < 50; tries += 1) {
    try {
      return await signInCustomer(app.db, app.keys, { code: typedCode(code), browserSecret }, app.now());
    } catch (error) {
      if (tries > 3) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error('Nobody could sign in.');
}

/** The code in a letter, as it is printed. */
export function codeIn(text: string): string | undefined {
  return /\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/.exec(text)?.[0];
}
