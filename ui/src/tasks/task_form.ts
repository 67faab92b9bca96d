// The form that a task is answered with, even if it came without one.

import type { Task } from "./requests";
import { type Field, fieldOf } from "../forms/schema_form";

export function formOf(task: Task): Field {
  if (task.form !== null) {
    const field = fieldOf(task.form);
    return field.title || field.kind === "group" ? field : { ...field, title: "Answer" };
  }
  const isQuestion = task.kind === "question";
  const field = fieldOf({ type: "string", title: isQuestion ? "Answer" : "Note" });
  return { ...field, isRequired: isQuestion };
}
