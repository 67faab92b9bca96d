import { type FormEvent, useEffect, useRef, useState } from "react";
import { ApiError } from "../api/client";
import { forgetAll } from "../api/query_clients";
import { useTitle } from "../shell/title";
import { askAgainWhoIAm, keepMe, logIn, waitOf, waitWords } from "./me";

interface Refused { words: string; untilMs: number } // untilMs: 0 if one may try again at once

/** Stands at the address that was wanted, so that logging in leads there. */
export function LoginPage() {
  const [isBusy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refused | null>(null);
  const password = useRef<HTMLInputElement>(null);
  const waitS = useWait(refused?.untilMs ?? 0);
  useTitle("Log in");
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    setBusy(true);
    try {
      const me = await logIn(String(given.get("email")).trim(), String(given.get("password")));
      forgetAll();
      keepMe(me);
    } catch (error) {
      setBusy(false);
      const seconds = waitOf(error);
      setRefused({ words: wordsOf(error), untilMs: seconds === null ? 0 : Date.now() + seconds * 1_000 });
      if (error instanceof ApiError && error.status === 409) void askAgainWhoIAm();
      password.current?.select();
      password.current?.focus();
    }
  };
  return (
    <main className="entrance">
      <form className="login" onSubmit={(event) => void submit(event)} aria-labelledby="login-title" data-testid="login">
        <p className="brand"><img src="/favicon.svg" alt="" width="24" height="24" />Sojourn</p>
        <h1 id="login-title">Log in</h1>
        <label className="field">E-mail address
          <input type="email" name="email" autoComplete="username" required maxLength={254} autoFocus spellCheck={false} autoCapitalize="none" /></label>
        <label className="field">Password
          <input ref={password} type="password" name="password" autoComplete="current-password" required maxLength={1_000}
            {...(refused ? { "aria-invalid": true, "aria-describedby": "login-refused" } : {})} /></label>
        {refused && (
          <p className="error-text" role="alert" id="login-refused" data-testid="login-refused">
            {waitS > 0 ? `Too many wrong passwords for this address. Try again in ${waitWords(waitS)}.` : refused.untilMs ? "You may try again now." : refused.words}
          </p>
        )}
        <button type="submit" className="button button-yes" disabled={isBusy}>{isBusy ? "Logging in…" : "Log in"}</button>
        <p className="about">No account, or a forgotten password? An admin can help you; on the server’s own machine so can <code>sojourn users</code>.</p>
      </form>
    </main>
  );
}

function wordsOf(error: unknown): string {
  if (error instanceof ApiError) return error.status === 401 ? "The address or the password is wrong." : error.message;
  return "The server does not answer. Check your connection and try again.";
}

/** Seconds until then. */
function useWait(untilMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!untilMs) return;
    setNow(Date.now());
    const tick = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(tick);
  }, [untilMs]);
  return Math.max(0, Math.ceil((untilMs - now) / 1_000));
}
