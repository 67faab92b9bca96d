import { Icon } from "../components/Icon";
import { useAccess } from "./AccessContext";
import { type About, chatLink } from "./chat_links";

/** To where people talk to agents, if the server was told where that is. */
export function ChatLink({ about, label }: { about: About; label: string }) {
  const href = chatLink(useAccess().me.chat_url, about);
  return href ? <a className="button subtle" href={href} target="_blank" rel="noreferrer" title={label} aria-label={label} data-testid="chat-link"><Icon name="open" /><span className="label">Chat</span></a> : null;
}
