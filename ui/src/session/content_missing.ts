// Most emitters leave content out until told otherwise. Which switch turns it on, by instrumentation scope.

const SWITCHES: [test: RegExp, emitter: string, how: string][] = [
  [/com\.anthropic\.claude_code/, "Claude Code", "OTEL_LOG_USER_PROMPTS=1 OTEL_LOG_ASSISTANT_RESPONSES=1 OTEL_LOG_TOOL_CONTENT=1"],
  [/codex/, "Codex", "log_user_prompt = true under [otel] in ~/.codex/config.toml"],
  [/gemini/, "Gemini CLI", '"logPrompts": true under "telemetry" in settings.json'],
  [/pydantic-ai|logfire/, "Pydantic AI", "InstrumentationSettings(include_content=True)"],
  [/traceloop|openllmetry|opentelemetry\.instrumentation\.(openai|anthropic|langchain)/, "OpenLLMetry", "TRACELOOP_TRACE_CONTENT=true"],
  [/openinference/, "OpenInference", "OPENINFERENCE_HIDE_INPUTS=false OPENINFERENCE_HIDE_OUTPUTS=false"],
  [/gcp\.vertex\.agent/, "Google ADK", "ADK_CAPTURE_MESSAGE_CONTENT_IN_SPANS=true"],
  [/^ai$/, "Vercel AI SDK", "experimental_telemetry: { isEnabled: true, recordInputs: true, recordOutputs: true }"],
];
const STANDARD = {
  emitter: "OpenTelemetry GenAI instrumentations",
  how: "OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_ONLY",
};

const NATIVE = { emitter: "Whoever posts these events", how: '"input" and "output" in each event of POST /api/v1/events' };

export function switchFor(scope: string, source = ""): { emitter: string; how: string } {
  if (source === "native") return NATIVE;
  const found = SWITCHES.find(([test]) => test.test(scope));
  return found ? { emitter: found[1], how: found[2] } : STANDARD;
}

/** What each emitter calls it, for who does not find theirs. */
export function allSwitches(): { emitter: string; how: string }[] {
  return [STANDARD, ...SWITCHES.map(([, emitter, how]) => ({ emitter, how }))];
}
