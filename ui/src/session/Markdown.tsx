import ReactMarkdown from "react-markdown";
import remarkGfm from "remark-gfm";

const PLUGINS = [remarkGfm];

/** Markdown without raw HTML; links open elsewhere and tell nobody where from. */
export default function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown">
      <ReactMarkdown remarkPlugins={PLUGINS} components={{
        a: ({ children, href }) => <a href={href} target="_blank" rel="noreferrer noopener">{children}</a>,
        img: ({ alt, src }) => <span className="none">[picture: {alt || String(src).slice(0, 80)}]</span>,
        pre: ({ children }) => <pre tabIndex={0}>{children}</pre>,
      }}>{text}</ReactMarkdown>
    </div>
  );
}
