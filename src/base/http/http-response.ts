/** What came back, whatever its status. Apart from the reading of it: programs that use ours compile without `got`. */
export interface HttpResponse {
  readonly statusCode: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** The same with a body that is no text. */
export interface HttpBytes extends Omit<HttpResponse, 'body'> {
  readonly body: Buffer;
}

/** The response was cut off. */
export class ResponseTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}
