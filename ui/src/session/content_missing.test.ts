import { describe, expect, it } from "vitest";
import { switchFor } from "./content_missing";

describe("content that was not captured", () => {
  it("names the emitter's own switch", () => {
    expect(switchFor("com.anthropic.claude_code.events").how).toContain("OTEL_LOG_USER_PROMPTS");
    expect(switchFor("pydantic-ai").emitter).toBe("Pydantic AI");
  });

  it("names no instrumentation where events were posted", () => {
    expect(switchFor("", "native").how).toContain("/api/v1/events");
  });

  it("falls back to OpenTelemetry's", () => {
    expect(switchFor("some.other").how).toContain("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT");
  });
});
