import * as Popover from "@radix-ui/react-popover";
import "./cel_help.css";

interface Props {
  root: string;
  fields: readonly (readonly [name: string, type: string, means: string])[];
  examples: readonly (readonly [example: string, means: string])[];
  note: string;
  use: (example: string) => void;
}

/** What an expression may speak of, and examples to begin with. */
export function CelHelp({ root, fields, examples, note, use }: Props) {
  return (
    <Popover.Root>
      <Popover.Trigger className="button subtle cel-help">What it may speak of</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="menu cel-menu" align="start" sideOffset={6} collisionPadding={12} aria-label="What an expression may speak of">
          <h3>Examples</h3>
          <ul>
            {examples.map(([example, means]) => (
              <li key={example}><Popover.Close className="example" onClick={() => use(example)}><code>{example}</code><span>{means}</span></Popover.Close></li>
            ))}
          </ul>
          <h3>Fields of <code>{root}</code></h3>
          <dl>{fields.map(([name, type, means]) => <div key={name}><dt><code>{name}</code> <span>{type}</span></dt><dd>{means}</dd></div>)}</dl>
          <p className="about">{note}</p>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
