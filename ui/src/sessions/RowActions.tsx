import * as Menu from "@radix-ui/react-dropdown-menu";
import { memo } from "react";
import { useMayIn } from "../access/AccessContext";
import { whyForbidden } from "../access/permissions";
import type { Session } from "../api/types";
import { Icon } from "../components/Icon";
import { copyText } from "../app/clipboard";
import { toast, toastError } from "../shell/toasts";
import { useAsk } from "./Actions";
import { pageHref } from "./page_href";
import { DANGEROUS, LABELS, offerOf, quickVerbs } from "./verbs";

/** What one would do with this row now, at hand; the rest in a menu, with why it is not allowed. */
export const RowActions = memo(function RowActions({ session, isFocused, onPeek }: { session: Session; isFocused: boolean; onPeek: (session: Session) => void }) {
  const ask = useAsk();
  const mayIn = useMayIn();
  const tabIndex = isFocused ? 0 : -1; // one row at a time is in the order of Tab
  const name = session.goal || session.key;
  return (
    <span className="row-actions">
      {quickVerbs(session).map((verb) => {
        const why = whyForbidden(verb, session, mayIn);
        return (
          <button key={verb} type="button" className="row-action" title={why ? `${LABELS[verb]}: ${why}` : LABELS[verb]} aria-label={`${LABELS[verb]}: ${name}${why && `: ${why}`}`}
            aria-disabled={why ? true : undefined} data-testid={`row-${verb}`} tabIndex={tabIndex} onClick={() => { if (!why) ask(verb, [session]); }}><Icon name={verb} /></button>
        );
      })}
      <Menu.Root modal={false}>
        <Menu.Trigger className="row-action" aria-label={`Actions: ${name}`} data-testid="row-menu" tabIndex={tabIndex}><Icon name="more" /></Menu.Trigger>
        <Menu.Portal>
          <Menu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}><Items session={session} onPeek={onPeek} /></Menu.Content>
        </Menu.Portal>
      </Menu.Root>
    </span>
  );
});

function Items({ session, onPeek }: { session: Session; onPeek: (session: Session) => void }) {
  const ask = useAsk();
  const { allowed, refused } = offerOf([session], useMayIn());
  const href = pageHref(session);
  const copy = async (text: string, what: string) => {
    try {
      await copyText(text);
      toast(`${what} copied`);
    } catch (error) {
      toastError(error, "Nothing was copied");
    }
  };
  return (
    <>
      <Menu.Item className="menu-item" onSelect={() => onPeek(session)}><Icon name="peek" />Open beside the list</Menu.Item>
      <Menu.Item className="menu-item" asChild><a href={href} target="_blank" rel="noreferrer"><Icon name="open" />Open in a new tab</a></Menu.Item>
      <Menu.Item className="menu-item" onSelect={() => void copy(session.key, "Key")}><Icon name="copy" />Copy key</Menu.Item>
      <Menu.Item className="menu-item" onSelect={() => void copy(location.origin + href, "Link")}><Icon name="copy" />Copy link</Menu.Item>
      <Menu.Separator className="menu-line" />
      {allowed.map((verb) => (
        <Menu.Item key={verb} className={`menu-item ${DANGEROUS.has(verb) ? "bad" : ""}`} onSelect={() => ask(verb, [session])} data-testid={`menu-${verb}`}>
          <Icon name={verb} />{LABELS[verb]}
        </Menu.Item>
      ))}
      {refused.length > 0 && <Menu.Separator className="menu-line" />}
      {refused.map(({ verb, because }) => (
        <Menu.Item key={verb} className="menu-item refused" disabled data-testid={`refused-${verb}`}>
          <Icon name={verb} /><span>{LABELS[verb]}<small>{because}</small></span>
        </Menu.Item>
      ))}
    </>
  );
}
