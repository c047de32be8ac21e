/**
 * Consecutive rejections of single parts after which a destination is assumed to reject all of them:
 * a thousand parts would otherwise cost two thousand requests.
 */
const REJECTIONS_IN_A_ROW = 32;

export interface IsolatedRejections<Part, Reason> {
  readonly requests: number;
  /** What was not taken, each with why. */
  readonly refused: readonly { readonly parts: readonly Part[]; readonly reason: Reason }[];
}

/**
 * Sends a request; when it is refused for what is in it, halves it again and again, so that what one part is
 * refused for costs that part and no other.
 * @param send resolves with why the request was refused for its content, or with `undefined` when it was taken
 */
export async function isolateRejections<Part, Reason>(
  parts: readonly Part[],
  send: (parts: readonly Part[]) => Promise<Reason | undefined>,
): Promise<IsolatedRejections<Part, Reason>> {
  const refused: { parts: readonly Part[]; reason: Reason }[] = [];
  const waiting = [parts];
  let requests = 0;
  let refusalsInARow = 0;
  for (let piece = waiting.pop(); piece; piece = waiting.pop()) {
    requests += 1;
    const reason = await send(piece);
    if (reason === undefined) {
      refusalsInARow = 0;
    } else if (piece.length === 1 || refusalsInARow >= REJECTIONS_IN_A_ROW) {
      refusalsInARow += 1;
      refused.push({ parts: piece, reason });
    } else {
      const middle = Math.ceil(piece.length / 2);
      waiting.push(piece.slice(middle), piece.slice(0, middle));
    }
  }
  return { requests, refused };
}
