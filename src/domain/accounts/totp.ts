import { Secret, TOTP } from 'otpauth';
import { renderSVG } from 'uqr';

/** RFC 6238 with what every authenticator app takes: SHA-1, six digits, thirty seconds. */
const SETTINGS = { algorithm: 'SHA1', digits: 6, period: 30 } as const;

/** 160 random bits in base32, as people type it into an app that has no camera. */
export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/**
 * The time step a code stands for: this one or one beside it, and later than the last that was redeemed, because a code
 * works once. Undefined when it is wrong.
 */
export function totpStep(secret: string, code: string, lastStep: number, now: Date): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const timestamp = now.getTime();
  const delta = TOTP.validate({
    ...SETTINGS,
    secret: Secret.fromBase32(secret),
    token: code,
    timestamp,
    window: 1,
  });
  if (delta === null) return undefined;
  const step = TOTP.counter({ period: SETTINGS.period, timestamp }) + delta;
  return step > lastStep ? step : undefined;
}

/** What an authenticator app shows at this moment. */
export function totpCode(secret: string, now: Date): string {
  return TOTP.generate({ ...SETTINGS, secret: Secret.fromBase32(secret), timestamp: now.getTime() });
}

/** What the QR code says: whose account it is and where. */
export function totpUri(secret: string, { issuer, label }: { issuer: string; label: string }): string {
  return new TOTP({ ...SETTINGS, secret: Secret.fromBase32(secret), issuer, label }).toString();
}

/** The QR code of such a URI, as an SVG document: dark on light, whatever the page's colours. */
export function qrCode(uri: string): string {
  return renderSVG(uri, { border: 4 });
}
