import type { SimulatedFault } from '../options.ts';
import type { Answer } from './answer.ts';

/** An answer as a fault leaves it. */
export function withFault(answer: Answer, fault: SimulatedFault | undefined): Answer {
  if (!fault) return answer;
  const body = fault.body ?? answer.body;
  return {
    status: fault.status ?? answer.status,
    headers: { ...answer.headers, ...fault.headers },
    ...(body === undefined ? {} : { body: spoilt(body, fault) }),
  };
}

function spoilt(body: string, { truncateTo, truncate, garble }: SimulatedFault): string {
  const length = truncateTo ?? (truncate === undefined ? body.length : Math.floor(body.length * truncate));
  const kept = body.slice(0, length);
  return garble === undefined ? kept : garbled(kept, garble);
}

/** Every so many characters one becomes another: the same ones each time. */
function garbled(text: string, share: number): string {
  if (share <= 0) return text;
  const step = Math.max(Math.round(1 / share), 1);
  return [...text]
    .map((character, index) => (index % step === step - 1 ? String.fromCharCode(33 + ((index * 31) % 90)) : character))
    .join('');
}
