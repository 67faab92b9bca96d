import { Copy } from "../app/States";

/** How sessions come into an experiment, by the SDK or as plain events. */
export function HowToAttach({ id = "checkout-prompt", variant = "control", isAssigning = true }: { id?: string; variant?: string; isAssigning?: boolean }) {
  const sdk = isAssigning ? withAssignment(id) : named(id, variant);
  const event = nativeEvent(id, variant);
  return (
    <div className="how-to-attach" data-testid="how-to-attach">
      <h3>With the SDK{isAssigning && ": ask for a variant, name it with the session"}</h3>
      <pre>{sdk}<Copy text={sdk} label="Copy the Python lines" /></pre>
      <h3>Or with any sender of native events</h3>
      <pre>{event}<Copy text={event} label="Copy the command" /></pre>
      <p className="none">Whoever decides on variants elsewhere just names them: nothing has to be declared here first.</p>
    </div>
  );
}

function withAssignment(id: string): string {
  return `import httpx, sojourn

given = httpx.post("${location.origin}/api/v1/experiments/${encodeURIComponent(id)}/assignments",
                   json={"sticky_key": customer_id}).json()  # the same customer, the same variant
with sojourn.start_session("ticket-42", experiment_id=${python(id)}, variant=given["variant"]) as session:
    run_agent(**given["config"])
    session.set_metrics(goal_completed=True, score=0.9)`;
}

function named(id: string, variant: string): string {
  return `import sojourn

with sojourn.start_session("ticket-42", experiment_id=${python(id)}, variant=${python(variant)}) as session:
    run_agent()
    session.set_metrics(goal_completed=True, score=0.9)`;
}

function nativeEvent(id: string, variant: string): string {
  const told = { session: "ticket-42", experiment_id: id, variant, status: "completed", metrics: { goal_completed: true, score: 0.9 } };
  const json = JSON.stringify(told).replaceAll("'", "'\\''"); // as a shell reads it
  return `curl ${location.origin}/api/v1/events -H 'content-type: application/json' \\
  -d '${json}'`;
}

/** JSON's strings are Python's, too. */
const python = (text: string) => JSON.stringify(text);
