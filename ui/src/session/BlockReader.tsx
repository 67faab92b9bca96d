import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Copy, Skeleton } from "../app/States";
import { count } from "../format";
import { readBlock } from "./queries";

const PAGE_CHARS = 65_536;

/** Long content, a page at a time: however long it is, only one page is ever in the document. */
export function BlockReader({ sessionKey, hash, chars }: { sessionKey: string; hash: string; chars: number }) {
  const [offset, setOffset] = useState(0);
  const range = useQuery({
    queryKey: ["block", sessionKey, hash, offset], queryFn: ({ signal }) => readBlock(sessionKey, hash, offset, signal),
    staleTime: Infinity, gcTime: 60_000, placeholderData: (previous) => previous,
  });
  const total = range.data?.total_chars ?? chars;
  const pages = Math.max(1, Math.ceil(total / PAGE_CHARS));
  const page = Math.floor(offset / PAGE_CHARS);
  if (range.isPending) return <Skeleton rows={2} />;
  if (range.isLoadingError) return <p className="error-text">{range.error.message} <button type="button" className="button" onClick={() => void range.refetch()}>Try again</button></p>;
  return (
    <div className="block-reader" data-testid="block-reader">
      {pages > 1 && (
        <div className="pager">
          <button type="button" className="button subtle" disabled={page === 0} onClick={() => setOffset((page - 1) * PAGE_CHARS)}>‹ Back</button>
          <input type="range" min={0} max={pages - 1} value={page} aria-label="Part of the content" onChange={(event) => setOffset(Number(event.target.value) * PAGE_CHARS)} />
          <button type="button" className="button subtle" disabled={page >= pages - 1} onClick={() => setOffset((page + 1) * PAGE_CHARS)}>On ›</button>
          <span className="none">{count(range.data.offset)}–{count(range.data.offset + range.data.text.length)} of {count(total)} characters</span>
          <Copy text={range.data.text} label="Copy this part" />
        </div>
      )}
      <pre tabIndex={0}>{range.data.text}</pre>
      {pages === 1 && <Copy text={range.data.text} label="Copy the content">Copy</Copy>}
    </div>
  );
}
