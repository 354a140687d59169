import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/index.ts';

/** A token bucket: `burst` at once, then one each `everyMs`. */
export interface Rate {
  readonly burst: number;
  readonly everyMs: number;
}

/** Every limit of identity, each with its reason. */
export const IDENTITY_LIMITS = {
  /** RFC 6750 tokens are capabilities: five minutes bound what a leak is worth (requirement A4). */
  accessTokenSeconds: 300,
  /** A wallet opened once a fortnight stays signed in; each use rotates the token and starts the fortnight again. */
  refreshTokenSeconds: 14 * 24 * 3_600,
  /** From the first page of a login to its end: time to find a phone and a mail. */
  interactionSeconds: 15 * 60,
  /** RFC 6749 §4.1.2 advises ten minutes at most; a redirect takes seconds. */
  authorizationCodeSeconds: 60,
  /** RFC 9449 §11.1: clocks of phones are off by seconds, and each second more is a second more to steal a proof in. */
  dpopSkewMs: MINUTE_MS,
  /** A jti is kept in an index: longer ones are an attack on it, not randomness. */
  dpopJtiMax: 128,
  /** The oldest session ends when one more begins: as many as there are devices. */
  sessionsMax: 10,
  /** Six digits and five tries: 5 in a million for a guess, for ten minutes (ASVS 6.6.3). */
  codeTriesMax: 5,
  codeMs: 10 * MINUTE_MS,
  /** A sign-up can be taken up again the same day. */
  signUpMs: DAY_MS,
  /** Time to sign up, sign in and set up an app in one go; a stolen session is older, or its thief has the password too. */
  freshLoginMs: 15 * MINUTE_MS,
  /** RFC 6238 §5.2: one step either side for clocks and typing. */
  totpToleranceSeconds: 30,
  /** Requirement A2: 8 is enough where money needs a second factor; 128 bounds the work of Argon2 on hostile input. */
  passwordLengthMin: 8,
  passwordLengthMax: 128,
  /** A working day, and away from the desk for half an hour. */
  staffSessionMs: 8 * HOUR_MS,
  staffIdleMs: 30 * MINUTE_MS,
  /** Argon2 takes 19 MiB a hash: 8 at once are 152 MiB, more wait in line. */
  passwordHashesAtOnce: 8,
  /** An HTML form of ours has at most a handful of short fields. */
  formBytesMax: 16 * 1024,
  /** Rows nobody can use any more leave this often. */
  sweepMs: MINUTE_MS,
  rates: {
    /** People behind one address share it: thirty attempts at once, then ten a minute (attack T01). */
    loginIp: { burst: 30, everyMs: 6 * SECOND_MS },
    /** One address against one account (attack T02). */
    loginIdentifierIp: { burst: 5, everyMs: MINUTE_MS },
    /**
     * Everybody against one account. It never stops an owner on a browser that signed in before, which has a bucket of its own:
     * a stranger cannot lock anybody out (ASVS 6.1.1).
     */
    loginIdentifier: { burst: 50, everyMs: 30 * SECOND_MS },
    loginKnownBrowser: { burst: 10, everyMs: 30 * SECOND_MS },
    /** A wrong code each minute finds a 6-digit TOTP with 3 valid steps in years. */
    totp: { burst: 5, everyMs: MINUTE_MS },
    signUpIp: { burst: 10, everyMs: 30 * SECOND_MS },
    /** Mails to one address: nobody can be flooded by us. */
    signUpEmail: { burst: 3, everyMs: 5 * MINUTE_MS },
    signUpVerifyIp: { burst: 30, everyMs: 10 * SECOND_MS },
    loginCodeMail: { burst: 5, everyMs: 5 * MINUTE_MS },
    passwordChange: { burst: 5, everyMs: MINUTE_MS },
    staffIp: { burst: 10, everyMs: 30 * SECOND_MS },
    staffName: { burst: 10, everyMs: MINUTE_MS },
    /** Events about refused requests: enough to see an attack, too few to fill the outbox with. */
    rejectedEvents: { burst: 10, everyMs: MINUTE_MS },
    /** Unproven credentials at the API from one address, before each costs a signature check. */
    badTokenIp: { burst: 60, everyMs: SECOND_MS },
  },
} as const satisfies Record<string, number | Record<string, Rate>>;

export type RateName = keyof typeof IDENTITY_LIMITS.rates;
export type IdentityRates = Readonly<Record<RateName, Rate>>;
