import { type Away, useAway } from "./server_away";

const WORDS: Record<Exclude<Away, "no">, string> = {
  offline: "You are offline. What you see may be old.",
  server: "Sojourn’s server does not answer. What you see may be old; it goes on by itself when the server is back.",
  stream: "The live stream is cut. What you see may be old; it goes on by itself when the stream is back.",
  ended: "The live stream has ended. What you see may be old.",
};

export function AwayBanner() {
  const away = useAway();
  if (away === "no") return null;
  return (
    <div className="banner" role="alert" data-testid="away">
      {WORDS[away]} <button type="button" className="link" onClick={() => location.reload()}>Load again</button>
    </div>
  );
}
