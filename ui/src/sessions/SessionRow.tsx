import { Link } from "@tanstack/react-router";
import { type CSSProperties, memo, type MouseEvent, useRef } from "react";
import { useWorkspace } from "../access/AccessContext";
import { WorkspaceName } from "../access/WorkspaceName";
import type { Session } from "../api/types";
import { ALL } from "../api/workspace";
import { Icon } from "../components/Icon";
import { type Column, WORKSPACE_COLUMN } from "./columns";
import { highlighted } from "./passage";
import { RowActions } from "./RowActions";
import { FIRST } from "./column_choice";
import { MAX_DEPTH, type SessionRow as Row } from "./tree_rows";

export interface RowEvents {
  onOpen: (session: Session, isAside: boolean) => void;
  onPeek: (session: Session) => void;
  onSelect: (session: Session, isRange: boolean) => void;
  onExpand: (session: Session) => void;
  onFocus: (key: string) => void;
}
interface Props {
  row: Row; columns: readonly Column[]; grid: string; top: number; place: number; now: number; words: string; caller: string;
  isSelected: boolean; isFocused: boolean; isOpen: boolean; events: RowEvents;
}

const LAYERS = "[role=menu], [role=dialog]";
const CONTROLS = "a, button, input, label, [role=menu], [role=menuitem]";

export const SessionRow = memo(function SessionRow({ row, columns, grid, top, place, now, words, caller, isSelected, isFocused, isOpen, events }: Props) {
  const { session } = row;
  const closesLayer = useRef(false); // a click beside an open menu only closes it
  const click = (event: MouseEvent) => {
    if (closesLayer.current) return;
    if ((event.target as Element).closest(CONTROLS) || !event.currentTarget.contains(event.target as Node)) return;
    if (getSelection()?.toString()) return; // somebody marks text to copy it
    events.onOpen(session, event.shiftKey);
  };
  const classes = ["row", isFocused && "focused", isSelected && "selected", isOpen && "open", session.archived_at && "archived"].filter(Boolean).join(" ");
  const style: CSSProperties = { gridTemplateColumns: grid, transform: `translateY(${top}px)` };
  return (
    <div role="row" className={classes} style={style} onClick={click} onPointerDown={() => { closesLayer.current = document.querySelector(LAYERS) !== null; }}
      onFocus={() => events.onFocus(row.key)} data-testid="session-row" data-key={session.key}
      data-place={row.key} data-depth={row.depth} aria-rowindex={place + 2} aria-selected={isSelected} aria-level={row.depth + 1}
      {...(row.hasChildren ? { "aria-expanded": row.isExpanded } : {})}>
      <span role="gridcell" className="cell tick">
        <label className="tick-area">
          <input type="checkbox" checked={isSelected} tabIndex={isFocused ? 0 : -1} aria-label={`Select ${session.goal || session.key}`} data-testid="row-check"
            onChange={(event) => events.onSelect(session, (event.nativeEvent as unknown as MouseEvent).shiftKey)} />
        </label>
      </span>
      {columns.map((column) => (
        <span key={column.id} role="gridcell" className={column.isNumber ? "cell number" : "cell"} data-column={column.id}>
          {column.id === FIRST ? <Name row={row} words={words} caller={caller} isAlone={columns.every(({ id }) => id !== WORKSPACE_COLUMN.id)} onExpand={events.onExpand} /> : column.draw(session, now)}
        </span>
      ))}
      <span role="gridcell" className="cell actions"><RowActions session={session} isFocused={isFocused} onPeek={events.onPeek} /></span>
    </div>
  );
});

/** `isAlone`: no column tells where the session is. */
function Name({ row, words, caller, isAlone, onExpand }: { row: Row; words: string; caller: string; isAlone: boolean; onExpand: (session: Session) => void }) {
  const { session, depth } = row;
  const isOfAll = useWorkspace() === ALL;
  return (
    <span className="name" style={{ paddingInlineStart: `calc(${Math.min(depth, MAX_DEPTH)} * var(--space-4))` }}>
      {row.hasChildren
        ? <button type="button" className="fold" tabIndex={-1} aria-label={row.isExpanded ? "Hide called sessions" : "Show called sessions"} data-testid="fold" onClick={() => onExpand(session)}><Icon name={row.isExpanded ? "down" : "right"} size={12} /></button>
        : <span className="fold" aria-hidden="true">{depth > 0 && <Icon name="called" size={11} />}</span>}
      <span className="named">
        <span className="title">
          <Link to="/sessions/$key" params={{ key: session.key }} search={isOfAll ? { workspace: session.workspace_id } : {}} className="goal" tabIndex={-1} preload={false}>{session.goal || session.key}</Link>
          <Tags row={row} />
        </span>
        {session.match
          ? <span className="passage" data-testid="passage" title={session.match.passage}>{session.match.role && <b>{session.match.role}: </b>}{highlighted(session.match.passage, words).map((piece, place) => (piece.isMatch ? <mark key={place}>{piece.text}</mark> : piece.text))}</span>
          : <span className="key">{isOfAll && isAlone && <><WorkspaceName id={session.workspace_id} /> · </>}{session.key}{caller && <span className="caller" data-testid="caller"> · called by {caller}</span>}</span>}
      </span>
    </span>
  );
}

function Tags({ row: { session, note } }: { row: Row }) {
  return (
    <>
      {session.attention !== "none" && session.attention && <span className="tag tag-warn" data-testid="attention">{session.attention === "flagged" ? "flagged" : "needs you"}</span>}
      {session.archived_at && <span className="tag">archived</span>}
      {note === "cycle" && <span className="tag" data-testid="cycle">already above: they call each other</span>}
      {note === "deep" && <span className="tag" data-testid="deep">calls more: open it to see them</span>}
    </>
  );
}
