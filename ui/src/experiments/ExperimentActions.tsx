import { useState } from "react";
import { useMay } from "../access/AccessContext";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { count } from "../format";
import { toast, toastError } from "../shell/toasts";
import { ExperimentDialog } from "./ExperimentDialog";
import type { ChosenStatus, Experiment } from "./experiment_draft";
import { useChange, useDelete } from "./queries";

type Asked = "edit" | "stop" | "delete" | null;

/** What may be done with an experiment. One that only sessions name can only be declared. */
export function ExperimentActions({ experiment, onDeleted }: { experiment: Experiment; onDeleted?: () => void }) {
  const [asked, setAsked] = useState<Asked>(null);
  const change = useChange(experiment.id);
  const drop = useDelete(experiment.id);
  const title = experiment.name || experiment.id;
  const close = () => setAsked(null);
  const put = (status: ChosenStatus, news: string) => change.mutate({ status }, {
    onSuccess: () => { close(); toast(news, { tone: "ok" }); }, onError: (error) => { close(); toastError(error, `“${title}” stays as it is`); },
  });
  const remove = () => drop.mutate(undefined, {
    onSuccess: () => { close(); toast(`Experiment “${title}” deleted`); onDeleted?.(); }, onError: (error) => { close(); toastError(error, `“${title}” was not deleted`); },
  });
  const mayChange = useMay("admin");
  const isDeclared = experiment.status !== "undeclared";
  if (!mayChange) return null;
  return (
    <span className="experiment-actions">
      {isDeclared && experiment.status !== "running" && <button type="button" className="button" disabled={change.isPending} onClick={() => put("running", `“${title}” assigns variants now`)}>Start</button>}
      {experiment.status === "running" && <button type="button" className="button" onClick={() => setAsked("stop")}>Stop</button>}
      <button type="button" className="button" onClick={() => setAsked("edit")}>{isDeclared ? "Edit" : "Declare"}</button>
      {isDeclared && <button type="button" className="button" onClick={() => setAsked("delete")}>Delete</button>}
      {asked === "edit" && <ExperimentDialog experiment={experiment} close={close} />}
      {asked === "stop" && (
        <ConfirmDialog title={`Stop “${title}”?`} confirm="Stop it" isBusy={change.isPending} onClose={close} onConfirm={() => put("stopped", `“${title}” is stopped`)}
          text={["From now on nobody who asks gets a variant, also those who had one.", "Sessions that run keep theirs, everything stays comparable, and it can be started again: then everybody has the variant they had."]} />
      )}
      {asked === "delete" && (
        <ConfirmDialog title={`Delete “${title}”?`} confirm="Delete it" isDangerous isBusy={drop.isPending} onClose={close} onConfirm={remove}
          text={["Its name, its variants with their configuration, and who has which variant are gone for good.",
            experiment.sessions ? `${count(experiment.sessions)} session${experiment.sessions === 1 ? "" : "s"} stay${experiment.sessions === 1 ? "s" : ""} and can still be compared under the id ${experiment.id}.` : "No session names it."]} />
      )}
    </span>
  );
}
