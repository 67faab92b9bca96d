import { Link } from "@tanstack/react-router";
import { useAccess, useMay } from "../access/AccessContext";
import { DEFAULT } from "../api/workspace";
import { Copy } from "../app/States";

const VARIABLES = `export OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`;
const INGEST = "sojourn ingest ~/.claude/projects ~/.codex/sessions";

export function EmptyState({ isFiltered, clear }: { isFiltered: boolean; clear: () => void }) {
  const { me, workspace } = useAccess();
  const mayMake = useMay("admin");
  const needsKey = me.auth === "password" || workspace !== DEFAULT;
  if (isFiltered) {
    return (
      <div className="state" data-testid="empty-filtered">
        <h2>No session matches</h2>
        <p>Nothing fits this search, these filters and this range together.</p>
        <button type="button" className="button" onClick={clear}>Clear everything</button>
      </div>
    );
  }
  return (
    <div className="state" data-testid="empty">
      <h2>No sessions yet</h2>
      {needsKey
        ? <p>Point any OpenTelemetry exporter here, with an API key of this workspace{mayMake ? <>: <Link to="/settings/keys">make one</Link></> : ", which an admin can make for you"}.</p>
        : <p>Point any OpenTelemetry exporter here. On this machine it works with nothing set at all, for OTLP's own port is listened to as well.</p>}
      <pre>{VARIABLES}<Copy text={VARIABLES} label="Copy the variables" /></pre>
      <p>Or{needsKey && ", on the server’s machine,"} read the transcripts that coding agents have left on this disk:</p>
      <pre>{INGEST}<Copy text={INGEST} label="Copy the command" /></pre>
      <p className="none">This page shows a session as soon as its first event arrives.</p>
    </div>
  );
}
