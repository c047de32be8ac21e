/** A change set as a review system shows it at one moment. */
export interface Change {
  readonly system: 'gerrit' | 'github';
  readonly project: string;
  readonly number: number;
  /** From 1; of a pull request always 1, since only its head is known. */
  readonly patchSet: number;
  /** The commit that is voted on. */
  readonly revision: string;
  /** Where that commit is fetched from. */
  readonly ref: string;
  /** The branch that it shall go to. */
  readonly branch: string;
  readonly subject: string;
  /** Where people read it. */
  readonly url: string;
}

export interface ReviewComment {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly isOurs: boolean;
  /** Whether it is about the newest patch set. */
  readonly isCurrent: boolean;
  readonly text: string;
}

export interface ChangeSnapshot {
  readonly change: Change;
  readonly isOpen: boolean;
  /** When the newest patch set came, milliseconds since 1970. */
  readonly uploadedAt: number;
  readonly comments: readonly ReviewComment[];
}

/** Why a run is wanted: a new patch set, or the comments that asked for another run of it. */
export type Reason =
  | { readonly kind: 'uploaded' }
  | { readonly kind: 'recheck'; readonly comments: readonly string[] }
  | { readonly kind: 'replay' };

/** The same for every patch set of a change. */
export function changeKey({ system, project, number }: Change): string {
  return `${system}|${project}|${number}`;
}
