/** Refusals of the server (RFC 9457), as errors that a screen can show. */

export interface FieldError {
  pointer: string;
  code: string;
  detail: string;
}

export interface ProblemBody {
  type?: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  instance?: string | null;
  errors?: FieldError[];
}

/** What the server refused, with the id under which its log knows the request. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: FieldError[];
  readonly requestId: string | null;

  constructor(body: ProblemBody, requestId: string | null = null) {
    super(body.detail);
    this.name = 'Problem';
    this.status = body.status;
    this.code = body.code;
    // What says of the whole once more what the problem is (the name of a policy that forbids) is at no field, and would hide the sentence.
    this.errors = (body.errors ?? []).filter((error) => error.pointer !== '' || error.code !== body.code);
    this.requestId = requestId ?? body.instance?.replace(/^urn:uuid:/, '') ?? null;
  }

  /** What is wrong at one place of the body, by JSON pointer. */
  at(pointer: string): string | undefined {
    return this.errors.find((error) => error.pointer === pointer)?.detail;
  }
}

/** The server could not be asked at all: no network, or it is restarting. */
export class Unreachable extends Error {
  constructor() {
    super('the server does not answer');
    this.name = 'Unreachable';
  }
}

/** The problem in an answer that is no success. */
export async function problemOf(response: Response): Promise<Problem> {
  const requestId = response.headers.get('X-Request-Id');
  const fallback = { title: response.statusText, status: response.status, code: `http_${response.status}`, detail: response.statusText };
  if (!response.headers.get('Content-Type')?.includes('json')) return new Problem(fallback, requestId);
  const body = (await response.json().catch(() => fallback)) as ProblemBody;
  return new Problem(body, requestId);
}
