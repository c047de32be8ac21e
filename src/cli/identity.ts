/** Whether an operator means this one: by UUID, name, MTMS or number, in either case. Without a wish every one is meant. */
export function isMeant(wanted: string | undefined, identities: readonly (string | undefined)[]): boolean {
  return wanted === undefined || identities.some((identity) => identity?.toLowerCase() === wanted.toLowerCase());
}
