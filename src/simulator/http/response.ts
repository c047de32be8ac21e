/** What a route answers. */
export interface SimulatedResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A response that ends the handling of a request from wherever it is thrown. */
export class RefusedRequest extends Error {
  readonly response: SimulatedResponse;

  constructor(response: SimulatedResponse) {
    super(`answered with ${response.status}`);
    this.response = response;
  }
}
