// One way to ask the server; its errors keep their code and message.

export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

export async function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  const response = await fetch(`/api/v1${path}`, signal ? { signal } : {});
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as Answer;
}

export async function errorOf(response: Response): Promise<ApiError> {
  const told = (await response.json().catch(() => null)) as { code?: string; message?: string } | null;
  return new ApiError(response.status, told?.code ?? "error", told?.message ?? `The server answered ${response.status}.`);
}

/** A key may hold colons and slashes; a path step may not. */
export function sessionPath(key: string): string {
  return `/sessions/${encodeURIComponent(key)}`;
}
